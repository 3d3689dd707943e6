import fc from 'fast-check';
import type { OperationEvent, RunEvent } from '../src/events.ts';
import type { RunState } from '../src/machine/run-state.ts';
import { OperationAction, OperationType, type OperationUpdate } from '../src/wire.ts';

/** What happens to a run in a property: a checkpoint, time that passes, something from outside, an invocation. */
export type Happening =
  | { kind: 'checkpoint'; updates: OperationUpdate[] }
  | { kind: 'time'; seconds: number }
  | { kind: 'outside'; pick: number; outcome: 'Succeeded' | 'Failed' | 'TimedOut' }
  | { kind: 'invocation'; crashed: boolean };

// Mostly the id tells the type, so that many updates fit what is there. Names of Object.prototype are ids like others.
const TYPE_OF_ID = new Map<string, OperationType>([
  ['s1', 'STEP'],
  ['constructor', 'STEP'],
  ['c1', 'CONTEXT'],
  ['c2', 'CONTEXT'],
  ['s2', 'STEP'],
  ['w-1', 'WAIT'],
  ['w-2', 'WAIT'],
  ['w-3', 'WAIT'],
  ['k_1', 'CALLBACK'],
  ['k_2', 'CALLBACK'],
  ['i1', 'CHAINED_INVOKE'],
  ['i2', 'CHAINED_INVOKE'],
  ['e', 'EXECUTION'],
]);
const FURTHER_ACTIONS: Record<OperationType, OperationAction[]> = {
  EXECUTION: ['SUCCEED', 'FAIL'],
  CONTEXT: ['SUCCEED', 'FAIL'],
  STEP: ['SUCCEED', 'FAIL', 'RETRY', 'RETRY'],
  WAIT: ['CANCEL'],
  CALLBACK: ['START'],
  CHAINED_INVOKE: ['START'],
};
const ids = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...[...TYPE_OF_ID.keys()].filter((id) => id !== 'e')) },
  { weight: 1, arbitrary: fc.constant('e') },
);

function mostly<T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 30, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
}

/** The usual options of an action, so that it is legal as far as options go. */
function usual(Id: string, Type: OperationType, Action: OperationAction): OperationUpdate {
  const update: OperationUpdate = { Id, Type, Action };
  if (Action === 'RETRY') update.StepOptions = { NextAttemptDelaySeconds: 5 };
  if (Type === 'WAIT' && Action === 'START') update.WaitOptions = { WaitSeconds: 7 };
  if (Type === 'CALLBACK') update.CallbackOptions = { TimeoutSeconds: 60, HeartbeatTimeoutSeconds: 0 };
  if (Type === 'CHAINED_INVOKE') update.ChainedInvokeOptions = { FunctionName: 'other' };
  return update;
}

const extras: fc.Arbitrary<Partial<OperationUpdate>> = fc.record(
  {
    ParentId: fc.constantFrom('c1', 'c2', 's1', 'nobody'),
    Name: fc.constantFrom('one', 'two'),
    Payload: fc.constantFrom('', '1'),
    Error: fc.constantFrom({}, { ErrorType: 'E' }),
    StepOptions: fc.constantFrom({}, { NextAttemptDelaySeconds: 5 }),
    WaitOptions: fc.constantFrom({}, { WaitSeconds: 1 }),
  },
  { requiredKeys: [] },
);

const update: fc.Arbitrary<OperationUpdate> = ids.chain((id) =>
  fc
    .tuple(
      mostly(TYPE_OF_ID.get(id) as OperationType, fc.constantFrom(...Object.values(OperationType))),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant<OperationAction>('START') },
        { weight: 6, arbitrary: fc.constantFrom(...FURTHER_ACTIONS[TYPE_OF_ID.get(id) as OperationType]) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.values(OperationAction)) },
      ),
      mostly<Partial<OperationUpdate>>({}, extras),
      fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom('c1', 'c2') }),
      // The same name again is legal, another one is not.
      fc.constantFrom(...Array.from({ length: 12 }, () => undefined), 'one', 'two'),
    )
    .map(([type, action, extra, parent, name]) => ({
      ...usual(id, type, action),
      ...(name !== undefined && { Name: name }),
      ...(parent !== undefined && type !== 'CONTEXT' && action === 'START' && { ParentId: parent }),
      ...extra,
    })),
);

export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .array(update, { maxLength: 3, size: 'max' })
        .map((updates): Happening => ({ kind: 'checkpoint', updates })),
    },
    { weight: 3, arbitrary: fc.nat({ max: 9 }).map((seconds): Happening => ({ kind: 'time', seconds })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.nat({ max: 5 }),
          fc.constantFrom<'Succeeded' | 'Failed' | 'TimedOut'>('Succeeded', 'Failed', 'TimedOut'),
        )
        .map(([pick, outcome]): Happening => ({ kind: 'outside', pick, outcome })),
    },
    { weight: 1, arbitrary: fc.boolean().map((crashed): Happening => ({ kind: 'invocation', crashed })) },
  ),
  { maxLength: 40, size: 'max' },
);

/** The event of a completion from outside for one of the open callbacks or chained invokes, if there is one. */
export function completion(
  state: RunState,
  { pick, outcome }: Extract<Happening, { kind: 'outside' }>,
  at: number,
): OperationEvent[] {
  const open = [...state.waiting].filter((id) =>
    /^(CALLBACK|CHAINED_INVOKE)$/.test(state.operations.get(id)?.Type ?? ''),
  );
  const id = open[pick % Math.max(open.length, 1)];
  if (id === undefined || state.status !== 'RUNNING') return [];
  const kind = state.operations.get(id)?.Type === 'CALLBACK' ? 'Callback' : 'ChainedInvoke';
  const payload = outcome === 'Succeeded' ? { result: '"ok"' } : { error: { ErrorType: outcome } };
  return [{ type: `${kind}${outcome}`, at, id, ...payload } as OperationEvent];
}

export function invocation(number: number, crashed: boolean, at: number): RunEvent[] {
  const ids = { invocationId: `invocation-${number}`, requestId: `request-${number}` };
  return [
    { type: 'InvocationStarted', at, ...ids, leaseUntil: at + 60_000 },
    {
      type: 'InvocationCompleted',
      at,
      ...ids,
      startedAt: at,
      ...(crashed && { crashed, error: { ErrorType: 'Exit' } }),
    },
  ];
}
