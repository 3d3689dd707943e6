import {
  DurableExecutionAlreadyStartedException,
  formatExecutionArn,
  MAX_DURATION_SECONDS,
  parseExecutionArn,
} from '@middy-durable/protocol';
import { type CallStarted, calledRun } from './chained-invoke.ts';
import type { Engine } from './engine.ts';
import { functionParts } from './function-name.ts';
import type { RunLog } from './run-log.ts';
import { createOnce, newRun } from './start-execution.ts';
import type { NewRun, RunHead } from './store.ts';

/**
 * Starts what the run's chained invokes call and was not started yet. The note of it is a heartbeat on the outside item;
 * should it be missing after a crash, the start is repeated and finds the run that is there.
 */
export async function launchCalls(engine: Engine, log: RunLog): Promise<void> {
  if (log.calls.size === 0) return;
  // The items of an ended run are closed and tell nothing.
  const calls = log.closed ? [...log.calls.values()] : await unlaunched(engine, log);
  await Promise.all(calls.map((call) => launch(engine, log, call)));
  if (calls.length > 0) engine.changed();
}

async function unlaunched(engine: Engine, log: RunLog): Promise<CallStarted[]> {
  const items = await engine.store.outside(log.identity.runId);
  return items.flatMap(({ operationId, outcome, heartbeatAt }) => {
    const call = outcome === undefined && heartbeatAt === undefined ? log.calls.get(operationId) : undefined;
    return call === undefined ? [] : [call];
  });
}

async function launch(engine: Engine, log: RunLog, call: CallStarted): Promise<void> {
  const { runId } = log.identity;
  const run = runOf(engine, log, call);
  const existing = await createOnce(engine, run);
  const now = engine.clock.now();
  if (existing !== undefined) {
    const { name: ErrorType, message: ErrorMessage } = nameTaken(existing);
    await engine.store.settle(runId, call.id, { status: 'FAILED', error: { ErrorType, ErrorMessage } }, now);
    return;
  }
  await engine.store.heartbeat(runId, call.id, now);
}

/** The run as it would be created. Whether the target is durable was decided when the call was recorded. */
function runOf(engine: Engine, log: RunLog, call: CallStarted): NewRun {
  const { runId } = log.identity;
  const { durableExecutionArn: arn, input } = call;
  const caller = { runId, operationId: call.id };
  const tenantId = call.tenantId ?? log.tenantId;
  const called = calledRun(runId, call.id);
  if (arn !== undefined) {
    const { functionName } = parseExecutionArn(arn);
    const executionTimeout = engine.functions.find(functionName)?.executionTimeout;
    return newRun(engine, { arn, functionName, ...called, input, executionTimeout, caller, tenantId });
  }
  const functionName = functionParts(call.functionName).name;
  const { executedVersion: qualifier = engine.home.qualifier } = call;
  const parts = { ...engine.home, qualifier, functionName, name: called.name, id: called.runId };
  return newRun(engine, {
    arn: formatExecutionArn(parts),
    functionName,
    ...called,
    input,
    // A call ends with its one invocation.
    executionTimeout: MAX_DURATION_SECONDS,
    caller,
    tenantId,
    ordinary: true,
  });
}

function nameTaken(existing: RunHead): DurableExecutionAlreadyStartedException {
  return new DurableExecutionAlreadyStartedException(`Execution already started: ${existing.arn}`);
}
