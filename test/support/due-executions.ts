import { createService, type StoreBackend } from '@middy-durable/backend';
import { withDurableExecution } from '@middy-durable/core';
import { dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import type { DynamoDBEngine } from './dynamodb-engines.ts';
import { faultyDynamoDB } from './faulty-dynamodb.ts';

export interface DueExecutionsOptions {
  executions: number;
  /** Processes that look for what is due. */
  processes: number;
  /** One request in so many is throttled. Default: none. */
  throttleEvery?: number;
}

export interface DueExecutionsReport {
  /** Executions that have succeeded. */
  ended: number;
  /** Handlers that were called. */
  invocations: number;
  throttled: number;
  requests: number;
  /** From the first look until everything has ended. */
  ms: number;
}

const STARTED_TOGETHER = 50;
const LOOK_MS = 50;

/** Starts executions of one step, and lets several processes find them when all of them are due. */
export async function runDueExecutions(
  engine: DynamoDBEngine,
  { executions, processes, throttleEvery }: DueExecutionsOptions,
): Promise<DueExecutionsReport> {
  const tableName = await engine.createTable(tableDefinition);
  const backend = dynamoDBBackend({ tableName, client: engine.client, wakeUp: false });
  await inGroups(executions, STARTED_TOGETHER, (index) =>
    backend.executions.start({ functionName: 'orders', name: `order-${index}`, input: '{}' }),
  );

  let invocations = 0;
  let requests = 0;
  let throttled = 0;
  const ended = new Set<string>();
  const stop = new AbortController();
  const began = performance.now();
  const running = Array.from({ length: processes }, () => {
    const { client } = faultyDynamoDB(engine, {
      onRequest() {
        requests += 1;
        if (throttleEvery === undefined || requests % throttleEvery !== 0) return undefined;
        throttled += 1;
        return 'ProvisionedThroughputExceededException';
      },
    });
    const own = dynamoDBBackend({
      tableName,
      client,
      wakeUp: false,
      onStatusChange: ({ detail }) => {
        if (detail.status === 'SUCCEEDED') ended.add(detail.durableExecutionArn);
      },
    });
    return serve(own, stop.signal, () => {
      invocations += 1;
    });
  });
  while (ended.size < executions) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const ms = performance.now() - began;
  stop.abort();
  await Promise.all(running);
  const left = await backend.executions.list({ statuses: ['RUNNING'], maxItems: 1 });
  await backend.store.close();
  return { ended: ended.size - left.DurableExecutions.length, invocations, throttled, requests, ms };
}

async function serve(backend: StoreBackend, signal: AbortSignal, onInvocation: () => void): Promise<void> {
  const handler = withDurableExecution(
    async (_event, context) => {
      onInvocation();
      return context.step('ship', async () => 'shipped');
    },
    { durableExecutionClient: backend.client },
  );
  const service = createService({
    backend,
    invoke: (functionName, envelope, { requestId }) =>
      handler(
        envelope as never,
        { functionName, awsRequestId: requestId, getRemainingTimeInMillis: () => 900_000 } as never,
      ),
    // Throttling is told here, and is what the loop slows down for.
    onError: () => {},
  });
  await service.run({ signal, pollSeconds: 1 });
  await backend.engine.store.close();
}

async function inGroups(count: number, size: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += size) {
    await Promise.all(Array.from({ length: Math.min(size, count - from) }, (_, index) => work(from + index)));
  }
}
