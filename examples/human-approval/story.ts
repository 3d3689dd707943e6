import { callbackClient } from '@middy-durable/callbacks';
import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { styled } from '@middy-durable-examples/shared/show/text.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import type { Purchase } from './approval.ts';
import { endpointFor } from './endpoint.ts';
import type { LocalUrl } from './local-url.ts';
import { linkIn, readMails } from './outside/mail.ts';
import { planSilence, readOrders } from './outside/shop.ts';

const PURCHASE: Purchase = {
  id: 'purchase-1',
  item: 'Twelve lamps',
  cents: 154_800,
  approver: 'grace@example.com',
  manager: 'ada@example.com',
};

/** A mail scanner opens the link, grace clicks twice, and the process is killed when the order is placed. */
export async function tellStory(url: LocalUrl, signal: AbortSignal): Promise<Check[]> {
  const handler = new URL('approval.ts', import.meta.url);
  return onStage({ functionName: 'purchases', handler, signal }, (stage) => playPurchase(stage, url));
}

async function playPurchase(stage: Stage, url: LocalUrl): Promise<Check[]> {
  url.answerWith(endpointFor(callbackClient({ backend: stage.backend })));
  planSilence();
  const { arn } = await stage.start(PURCHASE.id, PURCHASE);
  await stage.before(arn, 'the mail is there', () => stage.invocations.all[0]?.outcome === 'PENDING');
  const link = linkIn(readMails()[0]);

  console.log(`\n${styled('bold', 'a mail scanner')}\n  opens every link of the mail to ${PURCHASE.approver}`);
  const scans = [await fetch(link), await fetch(link, { method: 'HEAD' }), await fetch(`${link}&action=approve`)];
  const before = await stage.history(arn);
  console.log(`\n${styled('bold', 'grace')}\n  approves, and clicks twice`);
  const clicks = await Promise.all([click(link, 'approve'), click(link, 'approve')]);
  const other = await click(link, 'reject');

  await stage.before(arn, 'the lamps are ordered', () => readOrders().length === 1);
  stage.kill('the lamps are ordered, and no record says so');
  const { Result = '{}' } = await stage.end(arn);
  await stage.printTimeline(arn);
  const recorded = JSON.stringify(await stage.history(arn));
  const orders = readOrders().map(({ outcome }) => outcome);
  return [
    {
      what: 'opening the link decided nothing',
      holds: scans.every(({ status }) => status === 200) && before.every(({ EventType }) => !isDecision(EventType)),
    },
    { what: 'both clicks were answered alike', holds: clicks.join() === '200,200' },
    { what: 'the other button came too late', holds: other === 404 },
    {
      what: 'the lamps were bought',
      holds: JSON.parse(Result).status === 'bought' && Result.includes('grace@example.com'),
    },
    { what: 'they were ordered once, asked for twice', holds: orders.join() === 'ordered,ordered before' },
    { what: 'one mail was sent', holds: readMails().length === 1 },
    { what: 'no link is in the record', holds: !recorded.includes(new URL(link).searchParams.get('token') ?? link) },
  ];
}

function isDecision(event: string): boolean {
  return event === 'CallbackSucceeded' || event === 'CallbackFailed';
}

/** What the page's form does. */
async function click(link: string, action: string): Promise<number> {
  const { origin, pathname, searchParams } = new URL(link);
  const body = new URLSearchParams({ token: searchParams.get('token') ?? '', action, comment: 'fine' });
  const { status } = await fetch(origin + pathname, { method: 'POST', body });
  return status;
}
