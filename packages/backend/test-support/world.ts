import { afterEach } from '@jest/globals';
import type { DurableExecutionInvocationInput } from '@middy-durable/protocol';
import { createBackend, type StoreBackend } from '../src/backend.ts';
import type { BackendOptions } from '../src/engine.ts';
import { createService, type InvocationContext, type LoopOptions, type Service } from '../src/service.ts';
import type { StatusChangeEvent } from '../src/status-change.ts';
import type { ExecutionStore } from '../src/store.ts';
import { FunctionSide } from './function-side.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type WatchedStore, watchedStore } from './watched-store.ts';

export type MakeStore = () => ExecutionStore | Promise<ExecutionStore>;

/** A function by hand: gets its side of the protocol and returns its output. */
export type Handler = (side: FunctionSide, context: InvocationContext) => Promise<unknown>;

export interface WorldOptions extends Omit<Partial<LoopOptions>, 'invoke'>, Omit<Partial<BackendOptions>, 'store'> {
  handler?: Handler;
}

/** One store, one backend and one service on virtual time, with everything that a test wants to look at. */
export interface World {
  readonly clock: VirtualClock;
  readonly store: WatchedStore;
  readonly backend: StoreBackend;
  readonly service: Service;
  /** Envelopes of the invocations so far. */
  readonly envelopes: DurableExecutionInvocationInput[];
  readonly statusChanges: StatusChangeEvent[];
  /** What the loop reported. */
  readonly reports: unknown[];
  handler: Handler;
  /** Starts an execution of the function `orders` and returns its ARN. */
  start(request?: { name?: string; input?: string; executionTimeout?: number }): Promise<string>;
  /** Starts one and claims its first invocation, which never answers by itself. */
  invoked(request?: { executionTimeout?: number }): Promise<FunctionSide>;
  /** Lets everything happen that is due now. */
  settle(): Promise<void>;
  /** Lets time pass until nothing will happen by itself any more. */
  runOut(): Promise<void>;
  history(arn: string): Promise<string[]>;
  status(arn: string): Promise<string>;
}

/** Makes worlds for the tests of the surrounding `describe` and closes their stores after each. */
export function worlds(makeStore: MakeStore): (options?: WorldOptions) => Promise<World> {
  const opened: WatchedStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  return async (options) => {
    const store = watchedStore(await makeStore());
    opened.push(store);
    return worldOn(store, new VirtualClock(), options);
  };
}

/** Another process on the same store. */
export function worldOn(store: WatchedStore, clock: VirtualClock, options: WorldOptions = {}): World {
  const envelopes: DurableExecutionInvocationInput[] = [];
  const statusChanges: StatusChangeEvent[] = [];
  const reports: unknown[] = [];
  const { handler = async () => ({ Status: 'SUCCEEDED' }), ...rest } = options;
  const backend = createBackend({ onStatusChange: (event) => statusChanges.push(event), ...rest, store, clock });
  const service = createService({
    retries: { jitter: 'none' },
    onError: (error) => reports.push(error),
    ...rest,
    backend,
    invoke: async (_functionName, envelope, context) => {
      envelopes.push(envelope);
      return world.handler(new FunctionSide(backend.client, envelope), context);
    },
  });
  const world: World = {
    clock,
    store,
    backend,
    service,
    envelopes,
    statusChanges,
    reports,
    handler,
    async start(request) {
      const { DurableExecutionArn } = await service.start({ functionName: 'orders', ...request });
      return DurableExecutionArn;
    },
    async invoked(request) {
      const usual = world.handler;
      let begun: FunctionSide | undefined;
      world.handler = (side) => {
        begun = side;
        return new Promise(() => {});
      };
      await world.start(request);
      await service.tick();
      world.handler = usual;
      if (begun === undefined) throw new Error('Nothing was invoked.');
      return begun;
    },
    async settle() {
      for (;;) {
        const next = await service.tick();
        await service.idle();
        if (next === undefined || next > clock.now()) {
          const later = await store.nextDue();
          if (later === undefined || later > clock.now()) return;
        }
      }
    },
    async runOut() {
      for (let turns = 0; turns < 1000; turns++) {
        await world.settle();
        const next = await store.nextDue();
        if (next === undefined) return;
        clock.advanceTo(next);
      }
      throw new Error('The run does not come to rest.');
    },
    async history(arn) {
      const { Events } = await backend.executions.history(arn, { maxItems: 1000 });
      return Events.map(({ EventType }) => EventType);
    },
    async status(arn) {
      return (await backend.executions.get(arn)).Status;
    },
  };
  return world;
}
