import { type ExecutionStore, type OutsideItem, VersionConflict } from '@middy-durable/backend';
import {
  type CheckpointDurableExecutionResponse,
  type DurableExecutionClient,
  decodeCheckpointToken,
  type OperationUpdate,
} from '@middy-durable/protocol';
import type { Breakage } from './scenario.ts';

/** A store with other methods here and there. */
function changed(store: ExecutionStore, methods: Partial<ExecutionStore>): ExecutionStore {
  return {
    create: (run) => store.create(run),
    append: (runId, item, head) => store.append(runId, item, head),
    head: (runId) => store.head(runId),
    read: (runId, after) => store.read(runId, after),
    keepSnapshot: (runId, snapshot) => store.keepSnapshot(runId, snapshot),
    snapshot: (runId) => store.snapshot(runId),
    settle: (...args) => store.settle(...args),
    heartbeat: (runId, operationId, at) => store.heartbeat(runId, operationId, at),
    outside: (runId) => store.outside(runId),
    due: (now, limit) => store.due(now, limit),
    reschedule: (...args) => store.reschedule(...args),
    nextDue: () => store.nextDue(),
    list: (filter) => store.list(filter),
    close: () => store.close(),
    ...methods,
  };
}

/** Appends whatever comes, also after an item that its writer has not seen. */
const ignoredSequence: Breakage = {
  wrapStore: (store) =>
    changed(store, {
      async append(runId, item, head) {
        try {
          await store.append(runId, item, head);
        } catch (error) {
          if (!(error instanceof VersionConflict)) throw error;
          const { sequence = 0 } = (await store.head(runId)) ?? {};
          await store.append(runId, { ...item, sequence: sequence + 1 }, head);
          item.sequence = sequence + 1;
        }
      },
    }),
};

/** Says that a callback is completed, and forgets it. */
const forgottenCompletion: Breakage = {
  wrapStore: (store) =>
    changed(store, {
      outside: async (runId) =>
        (await store.outside(runId)).map(({ operationId, heartbeatAt }): OutsideItem => ({ operationId, heartbeatAt })),
    }),
};

/** Tells everybody who completes a callback that they were the first. */
const everyCompletionWins: Breakage = {
  wrapStore: (store) =>
    changed(store, {
      async settle(...args) {
        const answer = await store.settle(...args);
        return typeof answer === 'object' ? 'first' : answer;
      },
    }),
};

/** Keeps no timers: what waits is never woken. */
const forgottenTimers: Breakage = {
  wrapStore: (store) =>
    changed(store, {
      append: (runId, item, head) =>
        store.append(runId, item, { ...head, dueAt: head.leaseUntil === undefined ? undefined : head.dueAt }),
    }),
};

/** Hands out each token twice. */
const reusedTokens: Breakage = {
  wrapClient: (client) => ({
    getExecutionState: (request) => client.getExecutionState(request),
    async checkpoint(request) {
      const response = await client.checkpoint(request);
      return response.CheckpointToken ? { ...response, CheckpointToken: request.CheckpointToken } : response;
    },
  }),
};

/** Answers before the backend has, for requests in which one of the updates is of this kind. */
function answersEarly(action: OperationUpdate['Action']): Breakage {
  return {
    wrapClient(client) {
      let token: Promise<string | undefined> | undefined;
      let invocation: string | undefined;
      const send: DurableExecutionClient['checkpoint'] = async (request) => {
        // Another invocation has tokens of its own: only the early answer is broken, not what comes after it.
        const { invocationId } = decodeCheckpointToken(request.CheckpointToken);
        if (invocation !== invocationId) token = undefined;
        invocation = invocationId;
        const CheckpointToken = (await token) ?? request.CheckpointToken;
        return client.checkpoint({ ...request, CheckpointToken });
      };
      return {
        getExecutionState: (request) => client.getExecutionState(request),
        async checkpoint(request) {
          const early = request.Updates?.every(({ Type, Action }) => Type === 'STEP' && Action === action);
          const answer = send(request);
          token = answer.then(
            (response) => response.CheckpointToken,
            () => undefined,
          );
          return early && request.Updates?.length ? madeUp(request.CheckpointToken, request.Updates) : answer;
        },
      };
    },
  };
}

function madeUp(CheckpointToken: string, updates: readonly OperationUpdate[]): CheckpointDurableExecutionResponse {
  const Operations = updates.map(({ Id, Type, Action, Payload, Name, SubType }) => ({
    Id,
    Type,
    Name,
    SubType,
    Status: Action === 'START' ? ('STARTED' as const) : ('SUCCEEDED' as const),
    StartTimestamp: 0,
    StepDetails: { Attempt: 1, Result: Payload },
  }));
  return { CheckpointToken, NewExecutionState: { Operations } };
}

/** Forgets which calls were started, and what a call has started before. */
const repeatedCalls: Breakage = {
  wrapStore: (store) => {
    let repeated = 0;
    return changed(store, {
      async heartbeat() {
        return 'first';
      },
      async create(run) {
        const answer = await store.create(run);
        const [started] = run.firstItem.events;
        if (answer.created || started?.type !== 'ExecutionStarted' || started.caller === undefined) return answer;
        const other = `again${++repeated}`;
        return store.create({ ...run, runId: other, name: other });
      },
    });
  },
};

/** Records the batches whose items did not all end with their last item twice. */
const doubleItems: Breakage = {
  wrapClient: (client) => ({
    getExecutionState: (request) => client.getExecutionState(request),
    checkpoint: (request) => client.checkpoint({ ...request, Updates: request.Updates?.map(withDoubleItem) }),
  }),
};

function withDoubleItem(update: OperationUpdate): OperationUpdate {
  const { SubType, Action, Payload } = update;
  if (Action !== 'SUCCEED' || Payload === undefined || (SubType !== 'Map' && SubType !== 'Parallel')) return update;
  const batch = JSON.parse(Payload) as { all?: { status: string }[] };
  const lost = batch.all?.findLast(({ status }) => status === 'STARTED');
  if (lost === undefined) return update;
  return { ...update, Payload: JSON.stringify({ ...batch, all: [...(batch.all as unknown[]), lost] }) };
}

/** Broken on purpose: the simulation must find each of them. */
export const BREAKAGES: Readonly<Record<string, Breakage>> = {
  'a store that ignores the sequence number': ignoredSequence,
  'a store that forgets completions': forgottenCompletion,
  'a store that lets every completion win': everyCompletionWins,
  'a store that forgets timers': forgottenTimers,
  'a client that hands out used tokens': reusedTokens,
  'a store that starts a chained invoke twice': repeatedCalls,
  'a batch that counts a lost item twice': doubleItems,
  'a result that is not durable when user code goes on': answersEarly('SUCCEED'),
  'a start that is not durable when the body begins': answersEarly('START'),
};
