import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { askAgain, HttpError, type OrderRequest, readOrder } from './orders.ts';
import { charge, release, reserve, sendMail } from './outside/services.ts';

export async function placeOrder({ body }: OrderRequest): Promise<APIGatewayProxyResult> {
  const order = readOrder(body);
  const isReserved = await reserve(order).catch(askAgain);
  if (!isReserved) throw new HttpError(409, `There are not enough of ${order.article}.`);

  const payment = await charge(order);
  if (payment.declined) {
    await release(order);
    throw new HttpError(402, `The card was declined: ${payment.declined}.`);
  }

  await sendMail(order);
  return { statusCode: 201, headers: { Location: `/orders/${order.id}` }, body: JSON.stringify({ ...order, payment }) };
}

export const handler = middy(placeOrder)
  .use(httpCors({ origin: 'https://shop.example', methods: 'POST', disableBeforePreflightResponse: false }))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler());
