import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { listed, styled } from '@middy-durable-examples/shared/show/text.ts';
import { until } from '@middy-durable-examples/shared/show/until.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { batchOf, keptOf, type Message } from './outside/queue.ts';
import { planTroubles, readRequests } from './outside/services.ts';

/** What the redrive policy of the queue says: then a message goes to the dead-letter queue. */
const MOST_DELIVERIES = 3;

const messageOf = (id: string): Message => ({
  id,
  body: JSON.stringify({ id, address: '12 St James Square, London' }),
});
const POISON: Message = { id: 'poison', body: 'no order at all' };

/** A batch with a message that fails twice and one that nobody can read, and a message whose process is killed. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  const options = { functionName: 'shipping', handler: new URL('after.ts', import.meta.url), signal };
  return onStage(options, async (stage) => [...(await playFailures(stage)), ...(await playKill(stage, signal))]);
}

async function playFailures(stage: Stage): Promise<Check[]> {
  planTroubles({ 'announce order-2': ['down', 'down'] });
  const kept: string[] = [];
  let queue = [messageOf('order-1'), messageOf('order-2'), POISON];
  for (let delivery = 1; delivery <= MOST_DELIVERIES; delivery++) {
    queue = keptOf(queue, await deliver(stage, queue, delivery));
    kept.push(queue.map(({ id }) => id).join());
  }
  console.log(`\n${styled('bold', 'dead-letter queue')}\n  ${listed(queue.map(({ id }) => id))}`);
  await stage.printTimeline(await stage.named('shipping', 'order-2'));
  return [
    { what: 'order-1 was shipped at the first delivery', holds: asked('order-1') === 'label done,announce done' },
    {
      what: 'order-2 failed twice and was shipped at the third; its label was bought once',
      holds:
        kept.join(';') === 'order-2,poison;order-2,poison;poison' &&
        asked('order-2') === 'label done,announce down,announce down,announce done',
    },
    { what: 'the message that nobody can read was left to the dead-letter queue', holds: queue[0] === POISON },
  ];
}

async function playKill(stage: Stage, signal: AbortSignal): Promise<Check[]> {
  planTroubles({ 'label order-3': ['no answer'] });
  const message = messageOf('order-3');
  const first = deliver(stage, [message], 1);
  await until('the label is bought', () => asked('order-3') !== '', signal);
  stage.kill('the label is bought, and no record says so');
  const lost = await first;

  const again = await deliver(stage, [message], 2);
  const arn = await stage.named('shipping', 'order-3');
  const { Status } = await stage.end(arn);
  await stage.printTimeline(arn);
  return [
    { what: 'the process of order-3 was killed', holds: lost === undefined },
    { what: 'its message was done for the queue when it came again', holds: keptOf([message], again).length === 0 },
    {
      what: 'it was shipped without the queue; its label was bought once, asked for twice',
      holds: Status === 'SUCCEEDED' && asked('order-3') === 'label done,label done before,announce done',
    },
  ];
}

async function deliver(stage: Stage, messages: Message[], delivery: number): Promise<unknown> {
  const ids = listed(messages.map(({ id }) => id));
  console.log(`\n${styled('bold', 'queue')}\n  delivers ${ids}; delivery ${delivery}`);
  return stage.send('shipping', batchOf(messages, delivery));
}

/** What the services were asked for an order, and what they did. */
function asked(order: string): string {
  const requests = readRequests().filter((request) => request.order === order);
  return requests.map(({ call, outcome }) => `${call} ${outcome}`).join();
}
