import { createBackend, createService, type Service, type StoreBackend } from '@middy-durable/backend';
import type { Clock } from '@middy-durable/protocol';
import { calledFunctions } from './called-functions.ts';
import { gatedStore } from './gated-store.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** A process that runs the service's loop. */
export interface ServiceProcess {
  process: SimulatedProcess;
  backend: StoreBackend;
  service: Service;
  stop: AbortController;
  /** Counts the timers of the loop. */
  clock: { readonly open: number };
  /** Resolves when the loop has ended. */
  ended: Promise<void>;
}

/** Longest time until a dead service is there again, in milliseconds. */
const LONGEST_RESTART = 120_000;
/** Nothing is given up in a simulation: whether an execution ends would depend on the faults. */
const NEVER_GIVE_UP = { maxAttempts: 1_000_000, immediate: 1_000_000, maxDelaySeconds: 60 };

/** The services of a world. One that dies is replaced after a while. */
export class ServiceProcesses {
  readonly #simulation: Simulation;
  readonly #all: ServiceProcess[] = [];
  readonly #announcedEnds = new Set<string>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get alive(): ServiceProcess[] {
    return this.#all.filter(({ process }) => process.alive);
  }

  begin(): void {
    const { scenario, world } = this.#simulation;
    const process = this.#simulation.spawn('service');
    const clock = process.runtime();
    const backend = this.backendFor(process, clock);
    const service = createService({
      backend,
      invoke: this.#simulation.functions.invokeFrom(process, () => backend),
      functions: calledFunctions(this.#simulation, process),
      leaseSeconds: scenario.lease,
      livenessSeconds: scenario.liveness,
      concurrency: scenario.concurrency,
      retries: NEVER_GIVE_UP,
      onError: (error) => world.note(`${process.name} reports ${String(error)}`),
    });
    const stop = new AbortController();
    const ended = service.run({ signal: stop.signal, pollSeconds: scenario.poll });
    this.#all.push({ process, backend, service, stop, clock, ended });
    process.onDeath(() => {
      world.schedule(undefined, () => this.begin(), world.random.whole(0, LONGEST_RESTART));
    });
  }

  /** A backend as a process of its own makes it. */
  backendFor(process: SimulatedProcess, clock: Clock = process.clock()): StoreBackend {
    const { scenario, storage, world } = this.#simulation;
    return createBackend({
      store: gatedStore(process, () => storage.storeFor(process.number), storage.requests),
      clock,
      cachedRuns: scenario.cachedRuns,
      snapshots: scenario.snapshots,
      functions: calledFunctions(this.#simulation, process),
      onStatusChange: ({ detail: { durableExecutionArn: arn, status } }) => {
        if (status === 'RUNNING') return;
        if (this.#announcedEnds.has(arn)) world.violate('one end', `the end of ${arn} is announced twice`);
        this.#announcedEnds.add(arn);
      },
    });
  }
}
