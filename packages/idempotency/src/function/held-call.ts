import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { callOwner } from '../claims/owner.ts';
import { pauseAfter } from '../claims/polling.ts';
import { IdempotencyOwnershipLostError, IdempotencyPersistenceLayerError } from '../errors.ts';
import type { Holder, Idempotency } from '../idempotency.ts';
import type { RecordKey } from '../key/record-key.ts';
import { remainingMs } from './remaining-time.ts';

/** What is left of an invocation for whoever waited in it. Milliseconds. */
const RESERVE_MS = 1000;

/** A call outside of executions as the holder of a key, for as long as its invocation may take by its `context`. */
export function callHolder(key: RecordKey, context: unknown, { config }: Pick<Idempotency, 'config'>): Holder {
  const remaining = remainingMs(context, config.lambdaContext);
  return { ...key, arn: '', owner: callOwner(randomUUID()), until: Date.now() + remaining, now: Date.now };
}

/**
 * Claims the key for a call that lives in one invocation.
 * @param deadline when that ends. Epoch milliseconds
 * @returns the stored result, or `undefined` when the call is the owner and is to be made
 */
export async function claimForCall(
  idempotency: Idempotency,
  holder: Holder,
  deadline: number,
): Promise<{ value: unknown } | undefined> {
  const policy = idempotency.options.onConflict ?? 'result';
  for (let looks = 1; ; looks++) {
    const claimed = await idempotency.claim(holder).catch(async (error: unknown) => {
      // The claim may have been made although nobody heard of it, and this owner does not come again.
      if (error instanceof IdempotencyPersistenceLayerError) await idempotency.release(holder).catch(() => undefined);
      throw error;
    });
    if (claimed.kind === 'owned') return undefined;
    const verdict = idempotency.verdict(claimed.record, holder, policy);
    if (verdict.kind === 'value') return { value: await idempotency.valueOf(verdict.record, holder) };
    const pauseMs = pauseAfter(looks) * 1000;
    const hasTime = deadline - holder.now() > pauseMs + RESERVE_MS;
    if (verdict.kind === 'error' || policy !== 'wait' || !hasTime) throw verdict.error;
    await setTimeout(pauseMs);
  }
}

/** The call has a result: what its caller gets. */
export async function completeCall(idempotency: Idempotency, holder: Holder, value: unknown): Promise<unknown> {
  const { record, isAnother } = await idempotency.complete(holder, value);
  return isAnother && record.status === 'COMPLETED' ? idempotency.valueOf(record, holder) : value;
}

/** The call has failed. Its own error is the one that its caller gets, whatever becomes of the record. */
export async function failCall(idempotency: Idempotency, holder: Holder, error: unknown): Promise<void> {
  try {
    await idempotency.fail(holder, error);
  } catch (failure) {
    if (failure instanceof IdempotencyOwnershipLostError) return;
    console.warn(
      `The call with idempotency key ${holder.key} has failed, and its record stays as it is until the claim runs out: ` +
        `${(failure as Error).message}`,
    );
  }
}
