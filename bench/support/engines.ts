import type { DurableContext, DurableExecutionClient, DurableExecutionInvocationOutput } from '@middy-durable/core';
import type { EngineName } from './bench-case.ts';

/** User code that both engines run. */
export type Handler = (event: unknown, context: DurableContext) => Promise<unknown>;
/** A durable handler, called with an envelope. */
export type Invoke = (envelope: unknown) => Promise<DurableExecutionInvocationOutput>;

interface EngineModule {
  withDurableExecution(
    handler: Handler,
    config: { durableExecutionClient: DurableExecutionClient },
  ): (event: unknown, context: unknown) => Promise<DurableExecutionInvocationOutput>;
}

export const SPECIFIERS: Readonly<Record<EngineName, string>> = {
  official: '@aws/durable-execution-sdk-js',
  ours: '@middy-durable/core',
};

/** Makes handlers durable with one of the engines, as it is built. */
export async function loadEngine(
  engine: EngineName,
): Promise<(handler: Handler, client: DurableExecutionClient) => Invoke> {
  const { withDurableExecution } = (await import(SPECIFIERS[engine])) as EngineModule;
  return (handler, durableExecutionClient) => {
    const durable = withDurableExecution(handler, { durableExecutionClient });
    return (envelope) => durable(envelope, lambdaContext());
  };
}

function lambdaContext(): object {
  return {
    awsRequestId: 'request-1',
    functionName: 'bench',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:bench:1',
    memoryLimitInMB: '1024',
    logGroupName: 'bench',
    logStreamName: 'bench',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => 900_000,
  };
}
