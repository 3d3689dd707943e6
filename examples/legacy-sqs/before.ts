import middy from '@middy/core';
import type { SQSEvent } from 'aws-lambda';
import { readOrder } from './orders.ts';
import { announce, buyLabel } from './outside/services.ts';

export async function ship({ Records }: SQSEvent): Promise<void> {
  for (const { body } of Records) {
    const order = readOrder(body);
    const label = await buyLabel(order);
    await announce(order, label);
  }
}

const consumer = middy(ship).onError(({ error }) => console.error('not shipped:', error?.message));

export const handler = consumer;
