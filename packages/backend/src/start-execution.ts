import { createHash } from 'node:crypto';
import {
  DurableExecutionAlreadyStartedException,
  formatExecutionArn,
  ID_PATTERN,
  InvalidParameterValueException,
  MAX_DURATION_SECONDS,
  MAX_EXECUTION_NAME_LENGTH,
  MAX_EXECUTION_PAYLOAD_BYTES,
  type RunEvent,
  type StartExecution,
} from '@middy-durable/protocol';
import { checkWhole } from './check-whole.ts';
import type { Engine } from './engine.ts';
import { resolveFunction } from './function-name.ts';
import { checkBytes, checkText, served } from './request-shape.ts';
import type { NewRun, RunHead } from './store.ts';

/** Starts an execution, once per function, name and input. */
export async function startExecution(
  engine: Engine,
  request: StartExecution,
): Promise<{ DurableExecutionArn: string; created: boolean }> {
  const run = requestedRun(engine, request);
  const existing = await served(() => createOnce(engine, run));
  if (existing === undefined) {
    engine.changed();
    return { DurableExecutionArn: run.arn, created: true };
  }
  if (existing.inputHash !== run.inputHash) {
    throw new DurableExecutionAlreadyStartedException(`Execution already started: ${existing.arn}`);
  }
  return { DurableExecutionArn: existing.arn, created: false };
}

function requestedRun(engine: Engine, request: StartExecution): NewRun {
  const { clock, home } = engine;
  const { functionName, qualifier } = resolveFunction(home, request.functionName);
  const target = engine.functions.find(functionName);
  if (target?.durable === false) {
    throw new InvalidParameterValueException(
      `Function '${functionName}' is not durable, so it has no executions. Call it from a durable one with context.invoke(...).`,
    );
  }
  const name = request.name ?? clock.randomId();
  checkText(name, 'durableExecutionName', MAX_EXECUTION_NAME_LENGTH, ID_PATTERN);
  const { input, executionTimeout = target?.executionTimeout } = request;
  if (input !== undefined) checkBytes(input, 'Execution input payload', MAX_EXECUTION_PAYLOAD_BYTES);
  const runId = clock.randomId();
  const arn = formatExecutionArn({ ...home, functionName, qualifier, name, id: runId });
  return newRun(engine, { runId, arn, functionName, name, input, executionTimeout });
}

type RunStart = Extract<RunEvent, { type: 'ExecutionStarted' }>;

/** What a new run is; see the event of its start. */
export interface RunFacts
  extends Pick<NewRun, 'runId' | 'arn' | 'functionName' | 'name' | 'ordinary'>,
    Pick<RunStart, 'input' | 'caller' | 'tenantId' | 'origin'> {
  executionTimeout?: number | undefined;
}

/** A run that is due at once. It goes by the id of its EXECUTION operation, so its ARN leads to it. */
export function newRun(engine: Engine, facts: RunFacts): NewRun {
  const { runId, arn, functionName, name, ordinary, input, caller, tenantId, origin } = facts;
  const executionTimeout = checkWhole(
    facts.executionTimeout ?? engine.executionTimeout,
    'executionTimeout',
    1,
    MAX_DURATION_SECONDS,
  );
  const at = engine.clock.now();
  const background = {
    ...(caller && { caller }),
    ...(tenantId !== undefined && { tenantId }),
    ...(origin !== undefined && { origin }),
    ...(ordinary && { ordinary }),
  };
  return {
    runId,
    arn,
    functionName,
    name,
    inputHash: inputHash(input),
    startedAt: at,
    dueAt: at,
    ...(ordinary && { ordinary }),
    firstItem: {
      sequence: 1,
      writeId: engine.clock.randomId(),
      events: [{ type: 'ExecutionStarted', at, id: runId, name, input, executionTimeout, ...background }],
    },
  };
}

/** Creates the run, or returns the other one that has its name. A lost answer shows in the second try as our own run. */
export async function createOnce(engine: Engine, run: NewRun): Promise<RunHead | undefined> {
  let again = false;
  const answer = await engine.store.create(run).catch(() => {
    again = true;
    return engine.store.create(run);
  });
  const isOurs = !answer.created && answer.existing.runId === run.runId;
  // A called run that is there already was announced when it was made.
  if (!run.ordinary && (answer.created || (isOurs && again))) engine.announce({ ...run, status: 'RUNNING' });
  return answer.created || isOurs ? undefined : answer.existing;
}

/** No input and an empty one are different inputs. */
function inputHash(input: string | undefined): string {
  return input === undefined ? 'none' : createHash('sha256').update(input).digest('hex');
}
