import { timingSafeEqual } from 'node:crypto';
import {
  type CallbackOperations,
  CallbackTimeoutException,
  type CompletionOptions,
  callbackTimeout,
  decodeCallbackId,
  type ErrorObject,
  InvalidParameterValueException,
  isFinal,
  MAX_CALLBACK_ID_LENGTH,
  MAX_ERROR_BYTES,
  MAX_OPERATION_PAYLOAD_BYTES,
  MAX_WRITER_ID_LENGTH,
  type OperationStatus,
  ResourceNotFoundException,
} from '@middy-durable/protocol';
import type { Engine } from './engine.ts';
import { settleTimeout } from './outside.ts';
import { checkBytes, checkText, served } from './request-shape.ts';
import type { RunLog } from './run-log.ts';
import type { Outcome, Settlement } from './store.ts';

/** Completing callbacks from outside: settles their outside items. The log absorbs the outcome later. */
export function callbackOperations(engine: Engine): CallbackOperations {
  return {
    async succeed(callbackId, result, options) {
      if (result !== undefined) checkBytes(result, 'CALLBACK payload', MAX_OPERATION_PAYLOAD_BYTES);
      await complete(engine, callbackId, { status: 'SUCCEEDED', result, ...writerOf(options) });
    },
    async fail(callbackId, error: ErrorObject = {}, options?: CompletionOptions) {
      checkBytes(JSON.stringify(error), 'Error object', MAX_ERROR_BYTES);
      await complete(engine, callbackId, { status: 'FAILED', error, ...writerOf(options) });
    },
    async heartbeat(callbackId) {
      await withCallback(engine, callbackId, async ({ log, operationId, now, over }) => {
        if (over) throw closed(over);
        const settlement = await engine.store.heartbeat(log.identity.runId, operationId, now);
        if (settlement !== 'first') throw closed(settlement);
      });
    },
  };
}

function writerOf({ writerId }: CompletionOptions = {}): { writerId?: string } {
  return writerId === undefined ? {} : { writerId: checkText(writerId, 'writerId', MAX_WRITER_ID_LENGTH) };
}

async function complete(engine: Engine, callbackId: string, outcome: Outcome): Promise<void> {
  await withCallback(engine, callbackId, async (callback) => {
    const standing = callback.over
      ? await whatStands(engine, callback, outcome)
      : await settleSurely(engine, callback, outcome);
    if (standing !== 'first' && !isRepeat(standing, outcome)) throw closed(standing);
  });
  engine.changed();
}

/** A callback whose id was shown, and what ended it, if anything has. */
interface ShownCallback {
  log: RunLog;
  operationId: string;
  now: number;
  over: Settlement | undefined;
}

/** Settles; when the answer is lost, what stands tells whether it was applied. */
async function settleSurely(
  engine: Engine,
  { log, operationId, now }: ShownCallback,
  outcome: Outcome,
): Promise<Settlement> {
  const { runId } = log.identity;
  try {
    return await engine.store.settle(runId, operationId, outcome, now);
  } catch {
    const standing = await engine.store.settle(runId, operationId, outcome, now);
    const isOurs = typeof standing === 'object' && JSON.stringify(standing.settled) === JSON.stringify(outcome);
    return isOurs ? 'first' : standing;
  }
}

/** The outcome of a callback that is over. What the log has absorbed names no writer: the outside item does. */
async function whatStands(engine: Engine, callback: ShownCallback, outcome: Outcome): Promise<Settlement> {
  const { log, operationId, now, over = 'closed' } = callback;
  // Without a writer nothing is a repeat.
  if (outcome.writerId === undefined) return over;
  const { runId } = log.identity;
  const waiting = (await engine.store.outside(runId)).find((item) => item.operationId === operationId);
  if (waiting?.outcome !== undefined) return { settled: waiting.outcome };
  // The item of an operation that has ended is settled, and that of a run that has ended is closed: this settles nothing.
  const isSettled = log.closed || isFinal(log.state.operations.get(operationId)?.Status ?? 'STARTED');
  return isSettled ? engine.store.settle(runId, operationId, outcome, now) : over;
}

function isRepeat(standing: Settlement, { writerId, status }: Outcome): boolean {
  if (typeof standing !== 'object' || writerId === undefined) return false;
  return standing.settled.writerId === writerId && standing.settled.status === status;
}

function closed(standing: Settlement): CallbackTimeoutException {
  const reason = typeof standing === 'object' ? standing.settled.status : standing;
  switch (reason) {
    case 'TIMED_OUT':
      return new CallbackTimeoutException(undefined, { reason });
    case 'SUCCEEDED':
    case 'FAILED':
      return new CallbackTimeoutException(undefined, { reason: 'COMPLETED' });
    case 'closed':
      return new CallbackTimeoutException(undefined, { reason: 'EXECUTION_ENDED' });
    default:
      return new CallbackTimeoutException();
  }
}

/** Does `work` with the callback of the id. */
async function withCallback(
  engine: Engine,
  callbackId: string,
  work: (callback: ShownCallback) => Promise<void>,
): Promise<void> {
  checkText(callbackId, 'callbackId', MAX_CALLBACK_ID_LENGTH);
  const { runId, operationId } = decodeCallbackId(callbackId);
  await served(() =>
    engine.runs.exclusively(runId, async (log) => {
      if (log === undefined) throw new ResourceNotFoundException('The execution of this callback does not exist');
      if (!log.state.operations.has(operationId)) await engine.runs.catchUp(log);
      const operation = log.state.operations.get(operationId);
      if (!isSame(operation?.CallbackDetails?.CallbackId, callbackId)) {
        throw new InvalidParameterValueException('Invalid callback id');
      }
      const now = engine.clock.now();
      const over = ended(operation?.Status) ?? (log.closed || now >= log.deadline ? 'closed' : undefined);
      await work({ log, operationId, now, over: over ?? (await settleIfLate(engine, log, operationId, now)) });
    }),
  );
}

function ended(status: OperationStatus = 'STARTED'): Settlement | undefined {
  return isFinal(status) ? { settled: { status: status as Outcome['status'] } } : undefined;
}

/** A callback whose time is over is settled as timed out, whether or not anything has looked at it since. */
async function settleIfLate(
  engine: Engine,
  log: RunLog,
  operationId: string,
  now: number,
): Promise<Settlement | undefined> {
  const deadline = log.state.deadlines.get(operationId);
  if (deadline === undefined) return undefined;
  for (;;) {
    let heartbeatAt: number | undefined;
    if (deadline.heartbeatTimeout !== undefined) {
      const items = await engine.store.outside(log.identity.runId);
      heartbeatAt = items.find((item) => item.operationId === operationId)?.heartbeatAt;
    }
    const timeout = callbackTimeout(log.state, operationId, heartbeatAt);
    if (timeout === undefined || timeout.at > now) return undefined;
    const standing = await settleTimeout(engine, log, { operationId, heartbeatAt }, timeout.error, now);
    // A heartbeat that was faster moved the deadline: judge again.
    if (standing === 'alive') continue;
    engine.changed();
    return standing === undefined ? 'closed' : { settled: standing };
  }
}

/** Compares in constant time: the id is the only thing that proves the right to complete. */
function isSame(kept: string | undefined, shown: string): boolean {
  if (kept === undefined) return false;
  const [one, other] = [Buffer.from(kept), Buffer.from(shown)];
  return one.length === other.length && timingSafeEqual(one, other);
}
