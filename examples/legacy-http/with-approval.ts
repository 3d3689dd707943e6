import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { type DurableContext, days, defaultSerdes, durableExecution } from '@middy-durable/core';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { placeOrder } from './after.ts';
import { accepted, orders } from './durable.ts';
import { HttpError, type OrderRequest, readOrder } from './orders.ts';
import { askApprover, type Decision } from './outside/approvals.ts';

/** Cents. What costs as much is looked at by a person first. */
const NEEDS_APPROVAL = 100_000;

/** What the function could not do before: an order that waits for days. */
async function approveAndPlace(request: OrderRequest, context: DurableContext): Promise<APIGatewayProxyResult> {
  const order = readOrder(request.body);
  if (order.amount >= NEEDS_APPROVAL) {
    const { approved, by } = await context.waitForCallback<Decision>(
      'approval',
      (callbackId) => askApprover(order, callbackId),
      { timeout: days(3), serdes: defaultSerdes },
    );
    if (!approved) throw new HttpError(403, `The order was rejected by ${by}.`);
  }
  return placeOrder(request, context);
}

export const handler = middy(approveAndPlace, {
  executionMode: durableExecution({ ...orders, pendingResponse: accepted }),
})
  .use(httpCors({ origin: 'https://shop.example', methods: 'POST', disableBeforePreflightResponse: false }))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler());
