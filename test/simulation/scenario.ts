import type { ExecutionStore, SnapshotRule } from '@middy-durable/backend';
import type { DurableExecutionClient } from '@middy-durable/protocol';
import type { Program } from './program/program.ts';
import { derivedSeed, Random } from './random.ts';

export const STORE_KINDS = ['memory', 'sqlite', 'dynamodb'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Something broken on purpose, which the simulation has to find. */
export interface Breakage {
  wrapStore?(store: ExecutionStore): ExecutionStore;
  wrapClient?(client: DurableExecutionClient): DurableExecutionClient;
}

/** One world: what runs in it, how it is laid out, and how much goes wrong. */
export interface Scenario {
  readonly seed: number;
  readonly program: Program;
  readonly store: StoreKind;
  readonly breakage: Breakage;
  /** Executions of the program, by name. */
  readonly executions: readonly string[];
  readonly services: number;
  readonly concurrency: number;
  /** Seconds. */
  readonly lease: number;
  /** Seconds without a sign of life after which a lease ends earlier; undefined for none. */
  readonly liveness: number | undefined;
  /** Seconds. */
  readonly poll: number;
  /** Where handlers run: in the service's process, in one that stays, in a new one each time, or now here and now there. */
  readonly functions: 'service' | 'warm' | 'fresh' | 'mixed';
  /** Whose backend answers the functions: one in their own process, or the service's. */
  readonly backends: 'own' | 'service';
  readonly cachedRuns: number;
  readonly holdStart: number;
  readonly faultBudget: number;
  readonly faultRate: number;
  readonly mayStop: boolean;
  /** When logs get snapshots; undefined: as usual, so that the short ones get none. */
  readonly snapshots: SnapshotRule | undefined;
}

/** The world without faults: one process, one execution. Its result is what every other world must come to. */
export function quietScenario(seed: number, program: Program, breakage: Breakage): Scenario {
  return {
    seed: derivedSeed(seed, 'oracle'),
    program,
    store: 'memory',
    breakage,
    executions: ['execution-1'],
    services: 1,
    concurrency: 10,
    // Nothing is interrupted here, however long an invocation takes.
    lease: 3600,
    liveness: undefined,
    poll: 600,
    functions: 'service',
    backends: 'own',
    cachedRuns: 100,
    holdStart: 10,
    faultBudget: 0,
    faultRate: 0,
    mayStop: false,
    snapshots: undefined,
  };
}

/** The world of a seed, with its faults. */
export function faultyScenario(seed: number, program: Program, store: StoreKind, breakage: Breakage): Scenario {
  const random = new Random(derivedSeed(seed, 'scenario'));
  return {
    seed: derivedSeed(seed, 'faulty'),
    program,
    store,
    breakage,
    executions: random.chance(0.8) ? ['execution-1'] : ['execution-1', 'execution-2'],
    services: random.chance(0.6) ? 1 : 2,
    concurrency: random.pick([1, 2, 10]),
    lease: random.pick([120, 300, 900]),
    liveness: random.chance(0.3) ? 100 : undefined,
    poll: random.pick([60, 600, 3600]),
    functions: random.pick(['service', 'warm', 'fresh', 'mixed']),
    backends: random.pick(['own', 'service']),
    cachedRuns: random.pick([0, 1, 100]),
    holdStart: random.pick([0, 10]),
    faultBudget: random.whole(0, 14),
    faultRate: random.pick([0.01, 0.03, 0.08, 0.2]),
    mayStop: random.chance(0.08),
    snapshots: random.chance(0.5) ? { items: 1, price: 0 } : undefined,
  };
}
