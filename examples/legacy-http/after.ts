import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { failsAtOnce, orders } from './durable.ts';
import { askAgain, HttpError, type OrderRequest, readOrder } from './orders.ts';
import { charge, release, reserve, sendMail } from './outside/services.ts';

export async function placeOrder({ body }: OrderRequest, context: DurableContext): Promise<APIGatewayProxyResult> {
  const order = readOrder(body);
  const isReserved = await context.step('reserve', () => reserve(order), failsAtOnce).catch(askAgain);
  if (!isReserved) throw new HttpError(409, `There are not enough of ${order.article}.`);

  const payment = await context.step('charge', () => charge(order, order.id), failsAtOnce);
  if (payment.declined) {
    await context.step('release', () => release(order), failsAtOnce);
    throw new HttpError(402, `The card was declined: ${payment.declined}.`);
  }

  await context.step('mail', () => sendMail(order), failsAtOnce);
  return { statusCode: 201, headers: { Location: `/orders/${order.id}` }, body: JSON.stringify({ ...order, payment }) };
}

export const handler = middy(placeOrder, { executionMode: durableExecution(orders) })
  .use(httpCors({ origin: 'https://shop.example', methods: 'POST', disableBeforePreflightResponse: false }))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler());
