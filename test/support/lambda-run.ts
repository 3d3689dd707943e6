import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { memoryBackend, type StoreBackend } from '@middy-durable/backend';
import { type DurableContext, lambdaTransport, withDurableExecution } from '@middy-durable/core';
import { type ExecutionDescription, type HistoryEvent, isFinal } from '@middy-durable/protocol';
import { LambdaApiServer } from './lambda-api-server.ts';
import { runtimeFromNow } from './official-run.ts';

/** A handler under test: the same on every way to the backend. */
export type LambdaHandler = (context: DurableContext, event: unknown) => Promise<unknown>;

export interface LambdaRunOptions {
  /** Of the client that the handler uses. `direct`: no requests, but calls of the backend. */
  client?: LambdaClientConfig | 'direct' | undefined;
  /** The event, as text. Default `{}`. */
  input?: string | undefined;
}

export interface LambdaRun {
  readonly api: LambdaApiServer;
  readonly backend: StoreBackend;
  readonly arn: string;
  /** What invocations threw. */
  readonly thrown: Error[];
  /** Lets time pass and invocations follow each other until the execution has ended, or `stop` says so. */
  finish(stop?: () => Promise<boolean>): Promise<ExecutionDescription>;
  history(): Promise<HistoryEvent[]>;
}

const silent = (): void => {};
const SILENT = { error: silent, warn: silent, info: silent, debug: silent };

/** Starts an execution of `handler` on a memory backend whose time is virtual; its requests are real ones. */
export async function startLambdaRun(handler: LambdaHandler, options: LambdaRunOptions = {}): Promise<LambdaRun> {
  const clock = runtimeFromNow();
  const functions = { double: { durable: false, handler: (event: unknown) => 2 * (event as number) } };
  const backend = memoryBackend({ clock, functions });
  const api = await LambdaApiServer.listen(backend);
  const thrown: Error[] = [];
  const durable = withDurableExecution<unknown>(
    (event, context) => {
      context.configureLogger({ customLogger: SILENT });
      return handler(context, event);
    },
    {
      durableExecutionClient:
        options.client === 'direct' ? backend.client : lambdaTransport({ client: api.client(options.client) }),
    },
  );
  const service = backend.service({
    retries: { jitter: 'none' },
    invoke: async (_name, envelope, { requestId }) => {
      try {
        return await durable(envelope, { awsRequestId: requestId, getRemainingTimeInMillis: () => 900_000 });
      } catch (error) {
        thrown.push(error as Error);
        throw error;
      }
    },
  });
  const { DurableExecutionArn: arn } = await service.start({ functionName: 'orders', input: options.input });
  return {
    api,
    backend,
    arn,
    thrown,
    async finish(stop = async () => false) {
      for (let invocations = 0; invocations < 100; invocations++) {
        const due = await service.tick();
        await service.idle();
        const execution = await backend.executions.get(arn);
        if (isFinal(execution.Status) || (await stop())) return execution;
        if (due !== undefined) clock.skipTo(due);
      }
      throw new Error('The execution does not end.');
    },
    history: async () => (await backend.executions.history(arn)).Events,
  };
}
