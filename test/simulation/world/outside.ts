import type { StoreBackend } from '@middy-durable/backend';
import { encodeCallbackId, type StartExecution } from '@middy-durable/protocol';
import type { Completion } from '../program/program.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { FUNCTION_NAME, type Simulation } from './simulation.ts';

const INPUT = '{"order":7}';
/** Pause before an unanswered call is repeated, in milliseconds. */
const AGAIN_AFTER = 1000;

/** Whoever starts executions and completes callbacks. It never dies, and repeats what was not answered. */
export class Outside {
  readonly #simulation: Simulation;
  readonly #process: SimulatedProcess;
  readonly #backend: StoreBackend;
  readonly #handedOut = new Set<string>();
  #pending = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#process = simulation.spawn('outside', true);
    this.#backend = simulation.services.backendFor(this.#process);
  }

  /** True when nothing of it is under way. */
  get idle(): boolean {
    return this.#pending === 0;
  }

  start(name: string): void {
    const { executionTimeout } = this.#simulation.scenario.program;
    const request: StartExecution = { functionName: FUNCTION_NAME, name, input: INPUT, executionTimeout };
    this.#do(async () => {
      const { DurableExecutionArn: arn } = await this.#untilAnswered(() => this.#backend.executions.start(request));
      this.#simulation.factsOf(name).observed('arn', arn);
    });
  }

  stop(arn: string): void {
    this.#do(() => this.#untilAnswered(() => this.#backend.executions.stop(arn, { ErrorMessage: 'enough' })));
  }

  handOut(execution: string, path: string, callbackId: string, completion: Completion): void {
    const key = `${execution} ${path}`;
    if (this.#handedOut.has(key)) return;
    this.#handedOut.add(key);
    this.#do(() => this.#complete(path, callbackId, completion));
  }

  /** Shows an id that nobody was given: too early, or made up. */
  completeUnknown(runId: string): void {
    this.#do(async () => {
      const id = encodeCallbackId({ runId, operationId: 'c4ca4238a0b92382' }, 'made up');
      const answer = await this.#attempt(() => this.#backend.callbacks.succeed(id, '"guessed"'));
      if (answer === 'done')
        this.#simulation.world.violate('only who has the id completes', 'a made-up id was accepted');
    });
  }

  /** Sends a checkpoint with a token whose time is over. */
  sendStale(request: Parameters<StoreBackend['client']['checkpoint']>[0], number: number): void {
    this.#do(async () => {
      const Id = `stale-${number}`;
      const Updates = [{ Id, Type: 'STEP' as const, Action: 'START' as const }];
      const stale = { ...request, Updates, ClientToken: `stale-client-token-${number}` };
      const answer = await this.#attempt(() => this.#backend.client.checkpoint(stale));
      if (answer === 'done')
        this.#simulation.world.violate('stale tokens never write', 'a stale checkpoint was accepted');
    });
  }

  async #complete(path: string, callbackId: string, { how, delay, heartbeats, repeated }: Completion): Promise<void> {
    const { callbacks } = this.#backend;
    for (let beat = 0; beat < heartbeats; beat++) {
      await this.#process.sleep(delay / (heartbeats + 1));
      await this.#attempt(() => callbacks.heartbeat(callbackId));
    }
    await this.#process.sleep(delay / (heartbeats + 1));
    if (how === 'never') return;
    const result = how === 'succeed' ? `"completed ${path}"` : undefined;
    const complete = (): Promise<void> =>
      result === undefined
        ? callbacks.fail(callbackId, { ErrorType: 'Refused', ErrorMessage: `refused ${path}` })
        : callbacks.succeed(callbackId, result);
    while ((await this.#attempt(complete)) === 'unanswered') await this.#process.sleep(AGAIN_AFTER);
    if (!repeated) return;
    const again = await this.#attempt(() => callbacks.succeed(callbackId, '"another result"'));
    if (again === 'done') this.#simulation.world.violate('the first completion wins', `${path} was completed twice`);
  }

  /** `refused` when the backend said no, `unanswered` when nobody knows. */
  async #attempt(work: () => Promise<unknown>): Promise<'done' | 'refused' | 'unanswered'> {
    try {
      await work();
      return 'done';
    } catch (error) {
      return isRefusal(error) ? 'refused' : 'unanswered';
    }
  }

  async #untilAnswered<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (isRefusal(error)) throw error;
        await this.#process.sleep(AGAIN_AFTER);
      }
    }
  }

  #do(work: () => Promise<unknown>): void {
    this.#pending += 1;
    work()
      .catch((error: unknown) => this.#simulation.world.violate('the outside is served', String(error)))
      .finally(() => {
        this.#pending -= 1;
      });
  }
}

/** A 4xx: the same request will never be accepted. */
function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
  return status !== undefined && status < 500;
}
