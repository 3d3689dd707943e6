import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { styled } from '@middy-durable-examples/shared/show/text.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { planSilences, readCharges, readReceipts, readRequests } from './outside/payments.ts';
import type { LocalTable } from './outside/table.ts';

const INVOICE = { invoiceId: 'invoice-7', cents: 1200 };

/** A checkout that is killed when the money has moved, dunning for the same invoice, and the checkout again a week later. */
export async function tellStory(table: LocalTable, signal: AbortSignal): Promise<Check[]> {
  const options = {
    functionName: 'checkout',
    handler: new URL('checkout.ts', import.meta.url),
    calls: { dunning: new URL('dunning.ts', import.meta.url) },
    signal,
  };
  return onStage(options, (stage) => playPayment(stage, table));
}

async function playPayment(stage: Stage, table: LocalTable): Promise<Check[]> {
  planSilences(1);
  const checkout = await stage.start('checkout-1', INVOICE);
  await stage.before(checkout.arn, 'the money has moved', () => readRequests().length === 1);
  stage.kill('the money has moved, and no record says so');
  const dunning = await stage.start('dunning-1', INVOICE, 'dunning');
  const paid = resultOf(await stage.end(checkout.arn));
  const collected = resultOf(await stage.end(dunning.arn));
  await stage.printTimeline(checkout.arn);

  const records = await table.count();
  await table.passDays(7);
  console.log(`${styled('bold', 'a week later')}\n  the queue delivers the checkout again\n`);
  const late = await stage.start('checkout-2', INVOICE);
  const again = resultOf(await stage.end(late.arn));
  const ranAgain = stage.invocations.all.at(-1)?.ran;

  const [first, second, ...more] = readRequests().map(({ idempotencyKey }) => idempotencyKey);
  return [
    { what: 'the money moved once', holds: readCharges().length === 1 },
    { what: 'it was asked for twice, under one key', holds: first === second && more.length === 0 },
    {
      what: 'both functions have the same charge',
      holds: paid.charge?.id === 'charge-1' && collected.charge?.id === 'charge-1',
    },
    { what: 'one receipt was sent', holds: readReceipts().length === 1 },
    { what: 'there is a record of the checkout and one of the charge', holds: records === 2 },
    {
      what: 'the late delivery got the same result, and ran nothing',
      holds: JSON.stringify(again) === JSON.stringify(paid) && ranAgain?.length === 0,
    },
  ];
}

function resultOf({ Result = '{}' }: { Result?: string | undefined }): { status?: string; charge?: { id: string } } {
  return JSON.parse(Result);
}
