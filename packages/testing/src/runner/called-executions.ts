import { calledRun, type ExecutionStore } from '@middy-durable/backend';
import { isFinal, MAX_DURATION_SECONDS, type OperationRecord, type RunState } from '@middy-durable/protocol';
import { operationsOf } from '../view/operation-names.ts';
import { RunReader, type RunView } from '../view/run-log.ts';

/** A chained invoke that is open. */
export interface OpenCall {
  operation: OperationRecord;
  /** Of the execution that was started; undefined for an ordinary function. */
  arn: string | undefined;
}

/** The chained invokes of a run, in order of start. */
export function callsOf({ state, events }: RunView): OpenCall[] {
  const arns = new Map<string, string | undefined>();
  for (const event of events) {
    if (event.type === 'ChainedInvokeStarted') arns.set(event.id, event.durableExecutionArn);
  }
  return operationsOf(state)
    .filter(({ Type }) => Type === 'CHAINED_INVOKE')
    .map((operation) => ({ operation, arn: arns.get(operation.Id) }));
}

/** Whether the test set a time for it. */
export function hasTimeLimit({ executionTimeout }: RunState): boolean {
  return executionTimeout < MAX_DURATION_SECONDS;
}

/** Whether the execution that was called exists yet. */
export async function isStarted(store: ExecutionStore, runId: string, operationId: string): Promise<boolean> {
  return (await store.head(calledRun(runId, operationId).runId)) !== undefined;
}

/**
 * True when nothing but the outside can move the run: no invocation of it is in flight, nothing is due but the end of its
 * time, and the same holds for all that it has called.
 */
export async function needsOutside(store: ExecutionStore, reader: RunReader, isCalled = false): Promise<boolean> {
  const view = await reader.look();
  const { state } = view;
  if (isFinal(state.status) || state.invocation !== undefined) return false;
  // The runner's own limit counts as none; running out of one that the test set for a function is a way to go on.
  if (isCalled && hasTimeLimit(state)) return false;
  const { dueAt } = (await store.head(reader.runId)) ?? {};
  if (dueAt !== undefined && dueAt < state.startedAt + state.executionTimeout * 1000) return false;
  const outside = await store.outside(reader.runId);
  if (outside.some(({ outcome }) => outcome !== undefined)) return false;
  for (const { operation, arn } of callsOf(view)) {
    if (isFinal(operation.Status)) continue;
    // An ordinary function answers by itself.
    if (arn === undefined || !(await isStarted(store, reader.runId, operation.Id))) return false;
    if (!(await needsOutside(store, new RunReader(store, arn), true))) return false;
  }
  return true;
}
