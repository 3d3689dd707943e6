import { timingSafeEqual } from 'node:crypto';
import {
  type CallbackOperations,
  CallbackTimeoutException,
  callbackTimeout,
  decodeCallbackId,
  type ErrorObject,
  InvalidParameterValueException,
  isFinal,
  MAX_CALLBACK_ID_LENGTH,
  MAX_ERROR_BYTES,
  MAX_OPERATION_PAYLOAD_BYTES,
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
    async succeed(callbackId, result) {
      if (result !== undefined) checkBytes(result, 'CALLBACK payload', MAX_OPERATION_PAYLOAD_BYTES);
      await complete(engine, callbackId, { status: 'SUCCEEDED', result });
    },
    async fail(callbackId, error: ErrorObject = {}) {
      checkBytes(JSON.stringify(error), 'Error object', MAX_ERROR_BYTES);
      await complete(engine, callbackId, { status: 'FAILED', error });
    },
    async heartbeat(callbackId) {
      await withOpenCallback(engine, callbackId, async (log, operationId, now) => {
        refuseSettled(await engine.store.heartbeat(log.identity.runId, operationId, now));
      });
    },
  };
}

async function complete(engine: Engine, callbackId: string, outcome: Outcome): Promise<void> {
  await withOpenCallback(engine, callbackId, async (log, operationId, now) => {
    refuseSettled(await settleSurely(engine, log.identity.runId, operationId, outcome, now));
  });
  engine.changed();
}

/** Settles; when the answer is lost, what stands tells whether it was applied. */
async function settleSurely(
  engine: Engine,
  runId: string,
  operationId: string,
  outcome: Outcome,
  now: number,
): Promise<Settlement> {
  try {
    return await engine.store.settle(runId, operationId, outcome, now);
  } catch {
    const standing = await engine.store.settle(runId, operationId, outcome, now);
    const isOurs = typeof standing === 'object' && JSON.stringify(standing.settled) === JSON.stringify(outcome);
    return isOurs ? 'first' : standing;
  }
}

function refuseSettled(settlement: Settlement): void {
  if (settlement !== 'first') throw new CallbackTimeoutException();
}

/** Does `work` with the callback of the id, if it is open and has time left. */
async function withOpenCallback(
  engine: Engine,
  callbackId: string,
  work: (log: RunLog, operationId: string, now: number) => Promise<void>,
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
      const isOver = log.closed || now >= log.deadline || (operation !== undefined && isFinal(operation.Status));
      if (isOver || (await settleIfLate(engine, log, operationId, now))) throw new CallbackTimeoutException();
      await work(log, operationId, now);
    }),
  );
}

/** A callback whose time is over is settled as timed out, whether or not anything has looked at it since. */
async function settleIfLate(engine: Engine, log: RunLog, operationId: string, now: number): Promise<boolean> {
  const deadline = log.state.deadlines.get(operationId);
  if (deadline === undefined) return false;
  for (;;) {
    let heartbeatAt: number | undefined;
    if (deadline.heartbeatTimeout !== undefined) {
      const items = await engine.store.outside(log.identity.runId);
      heartbeatAt = items.find((item) => item.operationId === operationId)?.heartbeatAt;
    }
    const timeout = callbackTimeout(log.state, operationId, heartbeatAt);
    if (timeout === undefined || timeout.at > now) return false;
    const standing = await settleTimeout(engine, log, { operationId, heartbeatAt }, timeout.error, now);
    // A heartbeat that was faster moved the deadline: judge again.
    if (standing === 'alive') continue;
    engine.changed();
    return true;
  }
}

/** Compares in constant time: the id is the only thing that proves the right to complete. */
function isSame(kept: string | undefined, shown: string): boolean {
  if (kept === undefined) return false;
  const [one, other] = [Buffer.from(kept), Buffer.from(shown)];
  return one.length === other.length && timingSafeEqual(one, other);
}
