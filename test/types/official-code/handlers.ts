import {
  type DurableContext,
  type DurableExecutionConfig,
  type DurableExecutionHandler,
  type DurableExecutionInvocationInput,
  type DurableExecutionInvocationOutput,
  type DurableLambdaHandler,
  InvocationStatus,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import type { Context, Handler } from 'aws-lambda';

interface Order {
  id: string;
  lines: { sku: string; count: number }[];
}
interface Receipt {
  total: number;
}

export const untyped = withDurableExecution(async (event, context) => {
  const upper: string = event.name.toUpperCase();
  return context.step('greet', async () => `Hello ${upper}`);
});

export const typed: DurableLambdaHandler = withDurableExecution(async (event: Order, context: DurableContext) => {
  const count: number = await context.step('count', async () => event.lines.length);
  return { count };
});

export const looselyTyped = withDurableExecution(async (event: any, context: DurableContext) => {
  await context.wait({ seconds: event.pause });
});

export const explicit = withDurableExecution<Order>(async (event, context) => context.step(async () => event.id));
export const allExplicit = withDurableExecution<Order, Receipt>(async (event) => ({ total: event.lines.length }));

const named: DurableExecutionHandler<Order, Receipt> = async (order, context) => {
  const total: number = await context.step('total', async () => order.lines.length);
  return { total };
};
const bare: DurableExecutionHandler = async (event, context) => {
  await context.wait('pause', { minutes: 1 });
  return event.anything.at.all;
};
const eventOnly: DurableExecutionHandler<Order> = async (event) => event.lines[0]?.sku;

const config: DurableExecutionConfig = { plugins: [], pluginsConfig: { childOperationsDepth: Infinity } };
export const handler = withDurableExecution(named, config);
export const others: DurableLambdaHandler[] = [withDurableExecution(bare, {}), withDurableExecution(eventOnly)];

export const asLambdaHandler: Handler<DurableExecutionInvocationInput, DurableExecutionInvocationOutput> =
  withDurableExecution(named);
export const asAnyHandler: Handler = withDurableExecution(bare);

export async function invokeOnce(context: Context): Promise<string | undefined> {
  const input: DurableExecutionInvocationInput = {
    DurableExecutionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/o-1/i-1',
    CheckpointToken: 'token',
    InitialExecutionState: {
      Operations: [{ Id: 'e', Type: 'EXECUTION', Status: 'STARTED', StartTimestamp: new Date(0) }],
    },
    UpdatedOperationIds: [],
  };
  const output = await handler(input, context);
  switch (output.Status) {
    case InvocationStatus.SUCCEEDED:
      return output.Result;
    case InvocationStatus.FAILED:
      return output.Error.ErrorMessage;
    case InvocationStatus.PENDING:
      return undefined;
  }
}

export const withLambdaContext = withDurableExecution(async (_event: unknown, context: DurableContext) => {
  const lambda: Context = context.lambdaContext;
  const requestId: string = context.lambdaContext.awsRequestId;
  const left: number = context.lambdaContext.getRemainingTimeInMillis();
  const arn: string = context.executionContext.durableExecutionArn;
  const tenant: string | undefined = context.lambdaContext.tenantId;
  return { requestId, left, arn, tenant, version: lambda.functionVersion };
});
