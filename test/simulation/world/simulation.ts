import type { DurableExecutionClient } from '@middy-durable/protocol';
import { Facts } from '../checks/facts.ts';
import { derivedSeed, Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { FaultPlan } from './fault-plan.ts';
import { Functions } from './functions.ts';
import { Outside } from './outside.ts';
import { ServiceProcesses } from './service-processes.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { Storage } from './storage.ts';
import type { Trace } from './trace.ts';
import { World } from './world.ts';

export const FUNCTION_NAME = 'simulated';

/** Everything of one world. */
export class Simulation {
  readonly scenario: Scenario;
  readonly world: World;
  readonly storage: Storage;
  readonly services: ServiceProcesses;
  readonly functions: Functions;
  readonly outside: Outside;
  /** All that were ever made, for whoever looks for a victim. */
  readonly processes: SimulatedProcess[] = [];
  readonly #facts = new Map<string, Facts>();
  #bodies = 0;
  #invocations = 0;

  constructor(scenario: Scenario, trace: Trace) {
    this.scenario = scenario;
    const faults = new FaultPlan(
      new Random(derivedSeed(scenario.seed, 'faults')),
      scenario.faultBudget,
      scenario.faultRate,
    );
    this.world = new World(scenario.seed, trace, faults);
    this.storage = new Storage(
      scenario.store,
      scenario.breakage,
      (rule, detail) => this.world.violate(rule, detail),
      () => this.#wakeZombies(),
    );
    this.services = new ServiceProcesses(this);
    this.functions = new Functions(this);
    this.outside = new Outside(this);
  }

  spawn(kind: string, immortal = false): SimulatedProcess {
    const process = this.world.spawn(kind, immortal);
    this.processes.push(process);
    return process;
  }

  #wakeZombies(): void {
    for (const process of this.processes) if (process.wakesAtClaim) process.wake();
  }

  factsOf(execution: string): Facts {
    let facts = this.#facts.get(execution);
    if (facts === undefined) {
      facts = new Facts((rule, detail) => this.world.violate(rule, `${execution}: ${detail}`));
      this.#facts.set(execution, facts);
    }
    return facts;
  }

  nextInvocation(): number {
    this.#invocations += 1;
    return this.#invocations;
  }

  nextBody(): number {
    this.#bodies += 1;
    return this.#bodies;
  }

  broken(client: DurableExecutionClient): DurableExecutionClient {
    return this.scenario.breakage.wrapClient?.(client) ?? client;
  }
}
