import middy from '@middy/core';
import { type DurableContext, perRecord, withDurableExecution } from '@middy-durable/core';
import type { SQSEvent } from 'aws-lambda';
import { backend, failsAtOnce } from './durable.ts';
import { readOrder } from './orders.ts';
import { announce, buyLabel } from './outside/services.ts';

export async function ship({ Records }: SQSEvent, context: DurableContext): Promise<void> {
  for (const { body } of Records) {
    const order = readOrder(body);
    const label = await context.step('label', ({ idempotencyKey }) => buyLabel(order, idempotencyKey), failsAtOnce);
    await context.step('announce', () => announce(order, label), failsAtOnce);
  }
}

const consumer = middy(ship).onError(({ error }) => console.error('not shipped:', error?.message));

export const handler = perRecord(withDurableExecution(consumer, { backend }));
