import {
  type BlockedRun,
  type ErrorObject,
  type ExecutionBlocked,
  type ExecutionDescription,
  type ExecutionOperations,
  type ExecutionSummary,
  type HistoryRequest,
  historyOf,
  InvalidParameterValueException,
  type ListExecutions,
  MAX_ERROR_BYTES,
  parseExecutionArn,
  ResourceNotFoundException,
  type RunEvent,
} from '@middy-durable/protocol';
import { endIfTimedOut, executionTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { resolveFunction } from './function-name.ts';
import { decodeMarker, encodeMarker, pageSize } from './paging.ts';
import { redrive } from './redrive.ts';
import { checkBytes, served } from './request-shape.ts';
import type { RunLog } from './run-log.ts';
import { storedEvents } from './run-logs.ts';
import { startExecution } from './start-execution.ts';
import { functionArnOf } from './status-change.ts';
import type { RunHead } from './store.ts';

/** Executions from outside. */
export function executionOperations(engine: Engine): ExecutionOperations {
  return {
    start: (request) => startExecution(engine, request),
    get: (arn) => withExecution(engine, arn, async (log) => describe(log, engine.clock.now())),
    list: (request = {}) => list(engine, request),
    history: (arn, request = {}) => history(engine, arn, request),
    stop: (arn, error = {}) => stop(engine, arn, error),
    async redrive(arn, request = {}) {
      const redriven = await withExecution(engine, arn, (log) => redrive(engine, log, request));
      engine.changed();
      return redriven;
    },
  };
}

/** Does `work` with the newest log of the execution. */
async function withExecution<T>(engine: Engine, arn: string, work: (log: RunLog) => Promise<T>): Promise<T> {
  const { id } = parseExecutionArn(arn);
  return served(() =>
    engine.runs.exclusively(id, async (log) => {
      if (log?.identity.arn !== arn || log.ordinary) throw notFound();
      await engine.runs.catchUp(log);
      return work(log);
    }),
  );
}

/** One whose time is over has ended, also where nobody has recorded that yet: none of its invocations can say anything more. */
function describe(log: RunLog, now: number): ExecutionDescription {
  const { identity, state, deadline } = log;
  const description: ExecutionDescription = {
    ...summary({ ...identity, ...state }),
    Version: parseExecutionArn(identity.arn).qualifier,
  };
  if (state.input !== undefined) description.InputPayload = state.input;
  if (state.result !== undefined) description.Result = state.result;
  if (state.error !== undefined) description.Error = structuredClone(state.error);
  if (log.closed || now < deadline) return description;
  const { error } = executionTimedOut(log, deadline);
  return { ...description, Status: 'TIMED_OUT', EndTimestamp: new Date(deadline), ...(error && { Error: error }) };
}

async function list(
  engine: Engine,
  request: ListExecutions,
): Promise<{ DurableExecutions: ExecutionSummary[]; NextMarker?: string | undefined }> {
  const limit = pageSize(request.maxItems);
  const { functionName, name, statuses, startedAfter, startedBefore, reverseOrder: oldestFirst = false } = request;
  const marker = decodeMarker('list', request.marker, ['number', 'string']);
  const heads = await served(() =>
    engine.store.list({
      functionName: functionName === undefined ? undefined : resolveFunction(engine.home, functionName).functionName,
      name,
      statuses: statuses?.length ? statuses : undefined,
      startedAfter: moment(startedAfter, 'startedAfter'),
      startedBefore: moment(startedBefore, 'startedBefore'),
      oldestFirst,
      after: marker && { startedAt: Number(marker[0]), runId: String(marker[1]) },
      // One more than asked for tells whether there is a next page.
      limit: limit + 1,
    }),
  );
  const page = heads.slice(0, limit);
  const last = page.at(-1);
  const executions = { DurableExecutions: page.map(summary) };
  if (heads.length <= limit || last === undefined) return executions;
  return { ...executions, NextMarker: encodeMarker('list', [last.startedAt, last.runId]) };
}

async function history(
  engine: Engine,
  arn: string,
  request: HistoryRequest,
): Promise<Awaited<ReturnType<ExecutionOperations['history']>>> {
  const { reverseOrder = false, includeExecutionData = true } = request;
  const limit = pageSize(request.maxItems);
  const { id } = parseExecutionArn(arn);
  const scope = `history:${id}:${reverseOrder ? 'newest' : 'oldest'}`;
  const marker = decodeMarker(scope, request.marker, ['number']);
  const events = historyOf(await served(() => eventsOf(engine, arn, id)), { includeExecutionData });
  const after = marker && Number(marker[0]);
  const ordered = reverseOrder ? events.reverse() : events;
  const rest =
    after === undefined ? ordered : ordered.filter(({ EventId }) => (reverseOrder ? EventId < after : EventId > after));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  if (rest.length <= limit || last === undefined) return { Events: page };
  return { Events: page, NextMarker: encodeMarker(scope, [last.EventId]) };
}

async function eventsOf(engine: Engine, arn: string, runId: string): Promise<RunEvent[]> {
  const head = await engine.store.head(runId);
  if (head?.arn !== arn || head.ordinary) throw notFound();
  return storedEvents(engine.store, runId);
}

async function stop(engine: Engine, arn: string, error: ErrorObject): Promise<{ StopTimestamp: Date }> {
  checkBytes(JSON.stringify(error), 'Error object', MAX_ERROR_BYTES);
  const stopped = await withExecution(engine, arn, async (log) => {
    if (!log.closed && !(await endIfTimedOut(engine, log))) {
      const at = log.stamp(engine.clock.now());
      await engine.runs.append(log, {
        events: [{ type: 'ExecutionStopped', at, error }],
        dueAt: undefined,
        leaseUntil: undefined,
      });
    }
    return { StopTimestamp: new Date(log.state.endedAt ?? log.lastAt) };
  });
  // Who called it is to be told.
  engine.changed();
  return stopped;
}

type Summarized = Pick<RunHead, 'arn' | 'name' | 'status' | 'startedAt' | 'endedAt' | 'blocked'>;

function summary({ arn, name, status, startedAt, endedAt, blocked }: Summarized): ExecutionSummary {
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: functionArnOf(arn),
    Status: status,
    StartTimestamp: new Date(startedAt),
    ...(endedAt !== undefined && { EndTimestamp: new Date(endedAt) }),
    ...(blocked && { Blocked: describeBlock(blocked) }),
  };
}

function describeBlock({ operationId, expected, found, since, invocations }: BlockedRun): ExecutionBlocked {
  return {
    OperationId: operationId,
    ...(expected !== undefined && { Expected: expected }),
    Found: found,
    Since: new Date(since),
    Invocations: invocations,
  };
}

function moment(date: Date | undefined, member: string): number | undefined {
  if (date === undefined) return undefined;
  const time = date.getTime();
  if (!Number.isNaN(time)) return time;
  throw new InvalidParameterValueException(`${member} is no valid date.`);
}

function notFound(): ResourceNotFoundException {
  return new ResourceNotFoundException('Durable Execution does not exist');
}
