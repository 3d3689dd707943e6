import type { CurrentExecution } from '@middy-durable/core/middleware';
import { executionOwner } from './claims/owner.ts';
import { placeOf } from './claims/owner-status.ts';
import { remainingMs } from './function/remaining-time.ts';
import type { Holder } from './idempotency.ts';
import type { RecordKey } from './key/record-key.ts';
import { deadlineOf, type IdempotencyOptions } from './options.ts';

/**
 * An execution, or one of its steps, as the holder of a key. One that is only observed ends with its invocation, and nobody can
 * be asked about it: its record may be incomplete, or not there yet.
 */
export function executionHolder(
  execution: CurrentExecution,
  key: RecordKey,
  options: IdempotencyOptions,
  step?: string,
): Holder {
  const { durableExecutionArn: arn, startedAt, home, clock, isObserved, lambdaContext } = execution;
  const place = isObserved ? undefined : placeOf(home);
  return {
    ...key,
    arn,
    owner: executionOwner({ place, arn, step }),
    until: isObserved ? clock.now() + remainingMs(lambdaContext) : deadlineOf(startedAt, options),
    now: () => clock.now(),
  };
}
