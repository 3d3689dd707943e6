import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import { memoryBackend } from '@middy-durable/backend';
import {
  type DurableContext,
  type DurableExecutionInvocationInput,
  type DurableExecutionInvocationOutput,
  type LambdaContext,
  withDurableExecution,
} from '@middy-durable/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyResultV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  Handler,
  SQSEvent,
  SQSHandler,
} from 'aws-lambda';
import middy4 from 'middy-4';
import middy5 from 'middy-5';
import middy6 from 'middy-6';
import { type Order, pay, type Receipt } from './order.ts';
import { type Same, same } from './same.ts';

// withDurableExecution, around whatever handler there is, without a cast.

declare const lambdaContext: Context;
declare const envelope: DurableExecutionInvocationInput;
declare const httpEvent: APIGatewayProxyEventV2;
declare const queueEvent: SQSEvent;

/** A plain durable handler. */
const durable = withDurableExecution(async (order: Order, context: DurableContext) =>
  context.step('pay', () => pay(order)),
);
const answer = durable(envelope, lambdaContext);
same<Same<typeof answer, Promise<DurableExecutionInvocationOutput>>>();

/** Handlers typed by `@types/aws-lambda`: their context is Lambda's. */
const typed = async (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyResultV2> => ({
  statusCode: 200,
  body: `${context.awsRequestId} ${event.rawPath}`,
});
const ours = async (event: SQSEvent, context: LambdaContext): Promise<string> => context.functionName + event.Records;
withDurableExecution(typed);
withDurableExecution(ours);
const existing: Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> = async ({ rawPath }, context) => ({
  statusCode: 200,
  body: `${context.awsRequestId} ${rawPath}`,
});
const named: APIGatewayProxyHandlerV2 = async () => 'ok';
const queued: SQSHandler = async ({ Records }) => ({ batchItemFailures: [{ itemIdentifier: `${Records.length}` }] });
withDurableExecution(existing);
withDurableExecution(named);
withDurableExecution(queued);
withDurableExecution(existing, { backend: memoryBackend() })(httpEvent, lambdaContext);
// @ts-expect-error not an event of this handler
withDurableExecution(queued, { backend: memoryBackend() })(httpEvent, lambdaContext);
// @ts-expect-error a handler returns a promise
withDurableExecution((order: Order) => order.id);
// @ts-expect-error also one without a result
withDurableExecution((order: Order, context: DurableContext) => {
  context.step('pay', () => pay(order));
});

/** Handlers that middy wrapped. */
withDurableExecution(middy(typed).use(httpErrorHandler()));
withDurableExecution(middy(ours).use(httpErrorHandler()));
withDurableExecution(
  middy(async (order: Order, context: DurableContext): Promise<Receipt> => context.step('pay', () => pay(order))),
);
withDurableExecution(middy4(typed));
withDurableExecution(middy5(typed));
withDurableExecution(middy6(typed));
withDurableExecution(middy<Order, Receipt, Error, DurableContext>(async (order: Order) => pay(order)));

/** With a backend, ordinary events too. */
const backend = memoryBackend();
const http = withDurableExecution(typed, {
  backend,
  executionName: (event: APIGatewayProxyEventV2, context: Context) => event.headers['x-order'] ?? context.awsRequestId,
  input: ({ headers: _headers, ...rest }: APIGatewayProxyEventV2) => rest,
  pendingResponse: ({ executionName }) => ({ statusCode: 202, body: executionName }),
  onRedelivery: 'stored',
});
http(httpEvent, lambdaContext);
http(envelope, lambdaContext);
withDurableExecution(middy(typed).use(httpErrorHandler()), { backend })(httpEvent, lambdaContext);
// @ts-expect-error not an event of this handler
http(queueEvent, lambdaContext);
// @ts-expect-error without a backend there are no ordinary events
durable({ id: '7' }, lambdaContext);

/** What Lambda calls. */
export const forInvocations: Handler<DurableExecutionInvocationInput, DurableExecutionInvocationOutput> = durable;
export const forAnything: Handler = durable;
export const forHttp: Handler<APIGatewayProxyEventV2> = http;
export const forHttpAnswers: Handler<APIGatewayProxyEventV2, unknown> = http;
