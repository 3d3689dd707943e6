import { createHash } from 'node:crypto';
import {
  DurableExecutionAlreadyStartedException,
  formatExecutionArn,
  ID_PATTERN,
  MAX_DURATION_SECONDS,
  MAX_EXECUTION_NAME_LENGTH,
  MAX_EXECUTION_PAYLOAD_BYTES,
  type StartExecution,
} from '@middy-durable/protocol';
import { checkWhole, type Engine } from './engine.ts';
import { resolveFunction } from './function-name.ts';
import { checkBytes, checkText, served } from './request-shape.ts';
import type { NewRun, RunHead } from './store.ts';

/** Starts an execution, once per function, name and input. */
export async function startExecution(
  engine: Engine,
  request: StartExecution,
): Promise<{ DurableExecutionArn: string; created: boolean }> {
  const run = newRun(engine, request);
  const existing = await served(() => createOnce(engine, run));
  if (existing === undefined) {
    engine.announce({ ...run, status: 'RUNNING' });
    engine.changed();
    return { DurableExecutionArn: run.arn, created: true };
  }
  if (existing.inputHash !== run.inputHash) {
    throw new DurableExecutionAlreadyStartedException(`Execution already started: ${existing.arn}`);
  }
  return { DurableExecutionArn: existing.arn, created: false };
}

function newRun(engine: Engine, request: StartExecution): NewRun {
  const { clock, home } = engine;
  const { functionName, qualifier } = resolveFunction(home, request.functionName);
  const name = request.name ?? clock.randomId();
  checkText(name, 'durableExecutionName', MAX_EXECUTION_NAME_LENGTH, ID_PATTERN);
  const { input, executionTimeout = engine.executionTimeout } = request;
  if (input !== undefined) checkBytes(input, 'Execution input payload', MAX_EXECUTION_PAYLOAD_BYTES);
  checkWhole(executionTimeout, 'executionTimeout', 1, MAX_DURATION_SECONDS);
  // The run goes by the id of its EXECUTION operation, so its ARN leads to it.
  const id = clock.randomId();
  const at = clock.now();
  return {
    runId: id,
    arn: formatExecutionArn({ ...home, functionName, qualifier, name, id }),
    functionName,
    name,
    inputHash: inputHash(input),
    startedAt: at,
    dueAt: at,
    firstItem: {
      sequence: 1,
      writeId: clock.randomId(),
      events: [{ type: 'ExecutionStarted', at, id, name, input, executionTimeout }],
    },
  };
}

/** Creates the run, or returns the one that has its name. A lost answer shows in the second try as our own run. */
async function createOnce(engine: Engine, run: NewRun): Promise<RunHead | undefined> {
  const answer = await engine.store.create(run).catch(() => engine.store.create(run));
  return answer.created || answer.existing.runId === run.runId ? undefined : answer.existing;
}

/** No input and an empty one are different inputs. */
function inputHash(input: string | undefined): string {
  return input === undefined ? 'none' : createHash('sha256').update(input).digest('hex');
}
