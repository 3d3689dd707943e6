import middy from '@middy/core';
import { type DurableContext, days, perRecord, withDurableExecution } from '@middy-durable/core';
import type { SQSEvent } from 'aws-lambda';
import { ship } from './after.ts';
import { backend, failsAtOnce } from './durable.ts';
import { readOrder } from './orders.ts';
import { ask } from './outside/services.ts';

/** What the function could not do before: asking, days later, whether the parcel came. */
async function shipAndAsk(event: SQSEvent, context: DurableContext): Promise<void> {
  await ship(event, context);
  await context.wait('delivery', days(3));
  for (const { body } of event.Records) {
    await context.step('ask', () => ask(readOrder(body)), failsAtOnce);
  }
}

const consumer = middy(shipAndAsk).onError(({ error }) => console.error('not shipped:', error?.message));

export const handler = perRecord(withDurableExecution(consumer, { backend }));
