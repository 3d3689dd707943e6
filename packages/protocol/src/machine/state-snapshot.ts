import type { RunEvent } from '../events.ts';
import { isFinal, type OperationStatus, type OperationType } from '../wire.ts';
import { waits } from './evolve.ts';
import { type CallbackDeadline, type OperationRecord, openRun, type RunState } from './run-state.ts';
import { visibleOperations } from './visible.ts';

/**
 * A finished operation that no invocation will load: what refuses a further update of it, or knows its callback's id, and
 * nothing else. Trailing members that are absent are left out.
 */
type PrunedOperation = readonly [
  id: string,
  type: OperationType,
  status: OperationStatus,
  parentId: string,
  subType?: string | null,
  name?: string | null,
  callbackId?: string,
];

/** What the start of the run says, or what follows from the operations. */
type Derived =
  | 'executionId'
  | 'name'
  | 'input'
  | 'startedAt'
  | 'executionTimeout'
  | 'operations'
  | 'waiting'
  | 'deadlines'
  | 'status'
  | 'result'
  | 'error'
  | 'answer'
  | 'endedAt';

/** A running run as plain data, which JSON keeps: with its start, {@link restoreState} makes a state of it again. */
export interface StateSnapshot extends Omit<RunState, Derived> {
  /** In order of start, without EXECUTION. */
  readonly operations: readonly (OperationRecord | PrunedOperation)[];
  readonly deadlines: readonly (readonly [string, CallbackDeadline])[];
}

/**
 * What is needed of a running run to go on with it. The results of operations inside finished contexts are not, nor their
 * times: the restored state shows the same operations and decides the same, in the same words.
 *
 * Throws TypeError for a run that has ended.
 */
export function stateSnapshot(state: RunState): StateSnapshot {
  if (state.status !== 'RUNNING') throw new TypeError(`A run that is ${state.status} has no snapshot.`);
  const { executionId, operations, waiting: _waiting, deadlines, ...rest } = state;
  const {
    name: _name,
    input: _input,
    startedAt: _startedAt,
    executionTimeout: _timeout,
    status: _status,
    ...kept
  } = rest;
  const visible = new Set(visibleOperations(state).map(({ Id }) => Id));
  return {
    ...kept,
    operations: [...operations.values()]
      .filter(({ Id }) => Id !== executionId)
      .map((record) => (visible.has(record.Id) || !isFinal(record.Status) ? record : pruned(record))),
    deadlines: [...deadlines],
  };
}

/** The state of a run from its start and a snapshot, which must be whole: what it holds is not looked at. */
export function restoreState(
  start: Extract<RunEvent, { type: 'ExecutionStarted' }>,
  { operations, deadlines, ...kept }: StateSnapshot,
): RunState {
  const state: RunState = { ...openRun(start), ...kept };
  for (const entry of operations) {
    const record = isPruned(entry) ? unpruned(state, entry) : entry;
    state.operations.set(record.Id, record);
    if (waits(record)) state.waiting.add(record.Id);
  }
  for (const [id, deadline] of deadlines) state.deadlines.set(id, deadline);
  return state;
}

function pruned({ Id, Type, Status, ParentId = '', SubType, Name, CallbackDetails }: OperationRecord): PrunedOperation {
  const callbackId = CallbackDetails?.CallbackId;
  if (callbackId !== undefined) return [Id, Type, Status, ParentId, SubType ?? null, Name ?? null, callbackId];
  if (Name !== undefined) return [Id, Type, Status, ParentId, SubType ?? null, Name];
  return SubType === undefined ? [Id, Type, Status, ParentId] : [Id, Type, Status, ParentId, SubType];
}

/** Its times are lost, and nobody asks for them; its parent's start is the best there is. */
function unpruned(
  state: RunState,
  [Id, Type, Status, ParentId, subType, name, callbackId]: PrunedOperation,
): OperationRecord {
  const StartTimestamp = state.operations.get(ParentId)?.StartTimestamp ?? state.startedAt;
  const record: OperationRecord = { Id, Type, Status, ParentId, StartTimestamp };
  if (typeof subType === 'string') record.SubType = subType;
  if (typeof name === 'string') record.Name = name;
  if (callbackId !== undefined) record.CallbackDetails = { CallbackId: callbackId };
  return record;
}

function isPruned(entry: OperationRecord | PrunedOperation): entry is PrunedOperation {
  return Array.isArray(entry);
}
