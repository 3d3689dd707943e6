import type { DurableContext } from '@middy-durable/core';
import { pauseAfter } from './claims/polling.ts';
import type { Holder, Idempotency } from './idempotency.ts';

/** Waits durably: nothing runs between two looks. */
export async function waitUntilFree(
  context: Pick<DurableContext, 'waitForCondition'>,
  name: string,
  idempotency: Idempotency,
  holder: Holder,
): Promise<void> {
  await context.waitForCondition<boolean>(name, () => idempotency.isHeld(holder), {
    initialState: true,
    waitStrategy: (isHeld, looks) =>
      isHeld ? { shouldContinue: true, delay: { seconds: pauseAfter(looks) } } : { shouldContinue: false },
  });
}
