import { answerDeserializer } from '@middy-durable/callbacks';
import { CallbackTimeoutError, type DurableContext, type Duration, withDurableExecution } from '@middy-durable/core';
import { ACTIONS, links, Remark } from './links.ts';
import { sendMail } from './outside/mail.ts';
import { placeOrder } from './outside/shop.ts';

export interface Purchase {
  id: string;
  item: string;
  cents: number;
  /** Who is asked, by mail address. */
  approver: string;
  /** Who is asked after three days. */
  manager: string;
}

export type Outcome =
  | { status: 'bought'; order: string; by: string | undefined; comment: string }
  | { status: 'rejected'; by: string | undefined; comment: string }
  | { status: 'nobody decided' };

/** Buys something once somebody has approved it: by a link in a mail, with a reminder after a day, or a manager after three. */
export const handler = withDurableExecution(async (purchase: Purchase, context: DurableContext): Promise<Outcome> => {
  const { durableExecutionArn } = context.executionContext;
  const approval = await context.createCallback('approval', {
    timeout: { days: 7 },
    serdes: answerDeserializer(Remark),
  });
  /** Links are made where they are sent, so none is recorded. All of them lead to the same callback. */
  const ask = (name: string, to: string, subject: string, expiresIn: Duration): Promise<void> =>
    context.step(name, async () => {
      const { callbackId } = approval;
      const grant = { callbackId, durableExecutionArn, operation: purchase.item, actions: ACTIONS, audience: to };
      const { url } = await links.mint({ ...grant, expiresIn });
      await sendMail({ to, subject: `${subject}: ${purchase.item}`, text: `Decide here: ${url}` });
    });
  const answered = approval.result();
  /** Recorded, so that an answer that comes later does not change what happened. */
  const isQuiet = async (name: string, time: Duration): Promise<boolean> =>
    (await context.promise.race<unknown>(name, [answered, context.wait(time)])) === undefined;

  try {
    await ask('ask', purchase.approver, 'Please approve', { days: 7 });
    if (await isQuiet('answered-in-a-day', { days: 1 })) {
      await ask('remind', purchase.approver, 'Still to be approved', { days: 6 });
      if (await isQuiet('answered-in-three-days', { days: 2 })) {
        await ask('escalate', purchase.manager, 'Nobody decided yet', { days: 4 });
      }
    }
    const { action, audience: by, payload: { comment } = { comment: '' } } = await answered;
    if (action === 'reject') return { status: 'rejected', by, comment };
    const order = await context.step('buy', ({ idempotencyKey }) => placeOrder(purchase, idempotencyKey));
    return { status: 'bought', order, by, comment };
  } catch (error) {
    if (error instanceof CallbackTimeoutError) return { status: 'nobody decided' };
    throw error;
  }
});
