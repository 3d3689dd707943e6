import { isDurableInvocation } from '@middy-durable/protocol';
import { IdempotencyPromiseError } from './errors.ts';

/** The mark of durable contexts, of whichever engine. */
const DURABLE_CONTEXT = Symbol.for('@aws/durable-execution-sdk-js/durable-context');

/**
 * Refuses a call outside of our executions that belongs to an execution all the same: around the handler each invocation would
 * count as a whole call, its PENDING as the result; under another engine a replay would meet its own claim as somebody else's.
 * @throws IdempotencyPromiseError
 */
export function refuseMisplaced(method: string, event: unknown, context: unknown): void {
  if (isDurableInvocation(event)) {
    throw new IdempotencyPromiseError(
      `${method}: it stands around a durable handler, where the result of an invocation that suspends is PENDING, so this promise ` +
        `is lost: a duplicate gets the result of the execution. ${INSIDE}`,
    );
  }
  if (isDurableContext(context)) {
    throw new IdempotencyPromiseError(
      `${method}: the handler runs durably in another engine than that of @middy-durable/core (or in another copy of that ` +
        `package), so this promise is lost: an execution's own retries and replays pass. ${INSIDE}`,
    );
  }
}

const INSIDE =
  'Put it inside: withDurableExecution(handler, { idempotency: idempotentExecution(...) }), or middy(handler, { executionMode: ' +
  'durableExecution() }).use(idempotentExecution(...)).';

export function isDurableContext(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[DURABLE_CONTEXT] === true;
}
