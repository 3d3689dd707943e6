import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  type CheckpointToken,
  CLIENT_TOKEN_PATTERN,
  CLIENT_TOKEN_WINDOW_SECONDS,
  codeChange,
  decide,
  encodeCallbackId,
  encodeCheckpointToken,
  MAX_CLIENT_TOKEN_LENGTH,
  MAX_CODE_VERSION_LENGTH,
  NAME_PATTERN,
  type OperationUpdate,
  staleToken,
} from '@middy-durable/protocol';
import { calledLimits, resolveChainedInvokes } from './chained-invoke.ts';
import { checkArn, checkCurrent, readToken } from './current-token.ts';
import { endIfTimedOut } from './deadline.ts';
import type { Engine } from './engine.ts';
import { dueWithLease, leaseFrom } from './lease.ts';
import { collectOutside } from './outside.ts';
import { checkText, served, violation } from './request-shape.ts';
import { RunLog } from './run-log.ts';
import { copies } from './state-page.ts';
import type { LogItem } from './store.ts';

/**
 * Answers `CheckpointDurableExecution`: takes the token, what is due and what has come from outside, and the updates,
 * in one append. Refused updates change nothing and leave the token usable.
 */
export async function checkpoint(
  engine: Engine,
  request: CheckpointDurableExecutionRequest,
): Promise<CheckpointDurableExecutionResponse> {
  const token = readToken(request);
  const { ClientToken: clientToken, Updates: updates = [], DurableExecutionArn: arn, CodeVersion: code } = request;
  if (clientToken !== undefined) checkText(clientToken, 'clientToken', MAX_CLIENT_TOKEN_LENGTH, CLIENT_TOKEN_PATTERN);
  if (code !== undefined) checkText(code, 'codeVersion', MAX_CODE_VERSION_LENGTH, NAME_PATTERN);
  if (!Array.isArray(updates)) throw violation(updates, 'updates', 'Member must be a list');
  return served(() =>
    engine.runs.exclusively(token.runId, async (log) => {
      if (log === undefined) throw staleToken('no such execution');
      if (log.sequence < token.sequence) await engine.runs.catchUp(log);
      checkArn(log, arn);
      if (log.sequence > token.sequence && clientToken !== undefined) {
        const answer = await answerAgain(engine, log, token, clientToken);
        if (answer !== undefined) return answer;
      }
      // Only the newest token may find out that the time is over: others are stale anyway.
      if (log.sequence === token.sequence) await endIfTimedOut(engine, log);
      checkCurrent(engine, log, token, arn);
      const item = await appendUpdates(engine, log, updates, clientToken, code);
      return answerOf(log, token, item);
    }),
  );
}

async function appendUpdates(
  engine: Engine,
  log: RunLog,
  updates: readonly OperationUpdate[],
  clientToken: string | undefined,
  code: string | undefined,
): Promise<LogItem> {
  const now = engine.clock.now();
  const { events: absorbed, absorbs, unlaunched } = await collectOutside(engine, log, now);
  log.runAhead(absorbed);
  const change =
    code !== undefined && updates.length > 0 ? codeChange(log.state, code, log.stamp(now), log.lastAt) : undefined;
  const before = change === undefined ? absorbed : [...absorbed, change];
  if (change !== undefined) log.runAhead([change]);
  const { runId } = log.identity;
  const decided = decide(log.state, updates, {
    at: log.stamp(now),
    callbackId: (operationId) => encodeCallbackId({ runId, operationId }, engine.clock.randomId()),
    home: engine.home,
    limits: calledLimits(log),
  });
  const resolved = resolveChainedInvokes(engine, runId, decided);
  const failed = new Set(resolved.flatMap((event) => (event.type === 'ChainedInvokeFailed' ? [event.id] : [])));
  const callbacks = resolved.flatMap((event) => (event.type === 'CallbackStarted' ? [event.id] : []));
  const calls = resolved.flatMap((event) =>
    event.type === 'ChainedInvokeStarted' && !failed.has(event.id) ? [event.id] : [],
  );
  const { invocation } = log.state;
  const leaseUntil = invocation === undefined ? now : leaseFrom(invocation, now);
  const item = await engine.runs.append(log, {
    events: [...before, ...resolved],
    clientToken,
    opens: [...callbacks, ...calls],
    absorbs,
    // What is called is started by the loop, while the function goes on.
    dueAt: unlaunched || calls.length > 0 ? now : dueWithLease(log, leaseUntil),
    leaseUntil,
  });
  if (calls.length > 0 || log.closed) engine.changed();
  return item;
}

function answerOf(log: RunLog, token: CheckpointToken, item: LogItem): CheckpointDurableExecutionResponse {
  const response: CheckpointDurableExecutionResponse = {
    NewExecutionState: { Operations: copies(log.touchedBy(item)) },
  };
  if (!log.closed) response.CheckpointToken = encodeCheckpointToken({ ...token, sequence: item.sequence });
  return response;
}

/**
 * The answer of the checkpoint that this one repeats, undefined when it repeats none. The log has it all, so it can be
 * given again by any process, and after the run has ended.
 */
async function answerAgain(
  engine: Engine,
  log: RunLog,
  token: CheckpointToken,
  clientToken: string,
): Promise<CheckpointDurableExecutionResponse | undefined> {
  const item = await itemAfter(engine, log, token.sequence);
  if (item?.clientToken !== clientToken) return undefined;
  // An item without events has no time, and none is needed: giving its answer again changes nothing.
  const at = item.events.at(-1)?.at;
  if (at !== undefined && engine.clock.now() > at + CLIENT_TOKEN_WINDOW_SECONDS * 1000) return undefined;
  const then = log.sequence === item.sequence ? log : await logUpTo(engine, log, item.sequence);
  return answerOf(then, token, item);
}

async function itemAfter(engine: Engine, log: RunLog, sequence: number): Promise<LogItem | undefined> {
  if (log.sequence === sequence + 1) return log.lastItem;
  for await (const item of engine.store.read(log.identity.runId, sequence)) return item;
  return undefined;
}

async function logUpTo(engine: Engine, { identity }: RunLog, sequence: number): Promise<RunLog> {
  let log: RunLog | undefined;
  for await (const item of engine.store.read(identity.runId)) {
    if (log === undefined) log = new RunLog(identity, item);
    else log.apply(item);
    if (item.sequence === sequence) return log;
  }
  throw new Error(`Item ${sequence} of run ${identity.runId} is missing: its log is damaged. Restore it.`);
}
