import {
  DurableExecutionAlreadyStartedException,
  formatExecutionArn,
  InvalidParameterValueException,
  parseExecutionArn,
  type RedriveExecution,
  ResourceNotFoundException,
} from '@middy-durable/protocol';
import { endIfTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { resolveFunction } from './function-name.ts';
import { predecessorOf } from './predecessor.ts';
import type { RunLog } from './run-log.ts';
import { createOnce, newRun } from './start-execution.ts';
import type { NewRun } from './store.ts';

/**
 * Starts a run that goes on with an ended one, which gives its name to it. One write makes it; should that be lost or be
 * made twice, the other run is found by the name.
 */
export async function redrive(
  engine: Engine,
  log: RunLog,
  request: RedriveExecution,
): Promise<{ DurableExecutionArn: string; created: boolean }> {
  if (!log.closed) await endIfTimedOut(engine, log);
  checkEnded(log);
  const run = await successor(engine, log, request);
  const existing = await createOnce(engine, run);
  if (existing === undefined) return { DurableExecutionArn: run.arn, created: true };
  if (existing.inputHash !== run.inputHash) {
    throw new DurableExecutionAlreadyStartedException(
      `Execution ${log.identity.arn} can't be redriven: its name belongs to an execution with another input by now, ` +
        `${existing.arn}. Start one under another name.`,
    );
  }
  return { DurableExecutionArn: existing.arn, created: false };
}

function checkEnded({ identity: { arn }, state: { status, blocked } }: RunLog): void {
  if (status === 'SUCCEEDED') {
    throw new InvalidParameterValueException(
      `Execution ${arn} can't be redriven: it has succeeded. Start one under another name to do it again.`,
    );
  }
  if (status !== 'RUNNING') return;
  const advice = blocked
    ? 'its code does not fit what it has recorded. Deploy code that fits, and it goes on by itself.'
    : 'it goes on by itself. Stop it first.';
  throw new InvalidParameterValueException(`Execution ${arn} can't be redriven: it is running, and ${advice}`);
}

async function successor(engine: Engine, log: RunLog, request: RedriveExecution): Promise<NewRun> {
  const { identity, state, tenantId } = log;
  const { arn, name } = identity;
  const parts = parseExecutionArn(arn);
  const { functionName, qualifier } = resolveFunction(
    engine.home,
    `${identity.functionName}:${request.qualifier ?? parts.qualifier}`,
  );
  const head = await engine.store.head(identity.runId);
  if (head === undefined) throw new ResourceNotFoundException('Durable Execution does not exist');
  const { runId: replaces, seed, origin, input } = await predecessorOf(engine, log);
  const runId = engine.clock.randomId();
  const { executionTimeout } = state;
  const run = newRun(engine, {
    runId,
    arn: formatExecutionArn({ ...parts, qualifier, id: runId }),
    functionName,
    name,
    input,
    executionTimeout,
    tenantId,
    origin,
  });
  return {
    ...run,
    // What started the ended one means this one when it comes again.
    inputHash: head.inputHash,
    replaces,
    firstItem: { ...run.firstItem, events: [...run.firstItem.events, ...seed] },
  };
}
