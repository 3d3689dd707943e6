import { type DynamoDBBackend, dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import { World } from '../../test/dynamodb/wake-up-world.ts';
import { ENGINES, type EngineKind, isAvailable, startDynamoDB } from '../../test/support/dynamodb-engines.ts';
import { sharedUseOf, type TableUse, useOf } from './dynamodb-use.ts';
import type { Handler } from './engines.ts';

/** What an execution took. */
export interface RunUse extends TableUse {
  /** Of the function and of the wake-up function. */
  invocations: number;
  /** Operations as Lambda durable functions count them: the execution, and each operation. */
  operations: number;
}

/** What a handler sends the id of a callback with. */
export type Ask = (callbackId: string) => Promise<void>;

export interface DynamoDBRun {
  /** One execution of an ordinary function, with its wake-up function, on a new table. Callbacks are completed once it waits. */
  run(handler: (ask: Ask) => Handler): Promise<RunUse>;
  /** A minute of the wake-up function when nothing is due. */
  idleMinute(): Promise<TableUse>;
  /** Milliseconds for so many invocations at once, each an execution, on a new table. */
  together(handler: Handler, executions: number): Promise<number>;
  close(): Promise<void>;
}

const FUNCTION = 'orders';
const MINUTE = 60_000;
const MOST_MINUTES = 100;

/** The engines that can run here. */
export function availableEngines(): EngineKind[] {
  return ENGINES.filter(isAvailable);
}

/** Executions as they are on Lambda, in virtual time, on a DynamoDB of this machine. */
export async function openDynamoDBRun(kind: EngineKind): Promise<DynamoDBRun> {
  const engine = await startDynamoDB(kind);
  const { withDurableExecution } = await import('@middy-durable/core');
  return {
    async run(handler) {
      const world = await World.make(engine);
      world.deployWakeUp();
      const backend = world.backend();
      const asked: string[] = [];
      const ordinary = withDurableExecution(
        handler(async (callbackId) => void asked.push(callbackId)),
        { backend },
      );
      world.lambda.functions.set(FUNCTION, ordinary as never);
      await world.lambda.invoke({ functionName: FUNCTION, event: {}, requestId: 'request-1' });
      // Its requests are not counted.
      const watcher = dynamoDBBackend({ tableName: world.tableName, client: engine.client, wakeUp: false });
      const head = async () => (await watcher.executions.list()).DurableExecutions[0];
      for (let minutes = 0; (await head())?.Status === 'RUNNING'; minutes++) {
        if (minutes > MOST_MINUTES) throw new Error('The execution does not end.');
        for (const id of asked.splice(0)) await world.backend().callbacks.succeed(id, 'yes');
        world.tick();
        await world.pass(MINUTE);
      }
      const ended = await head();
      if (ended?.Status !== 'SUCCEEDED') throw new Error(`The execution has not succeeded: ${JSON.stringify(ended)}`);
      const operations = await operationsOf(watcher, ended.DurableExecutionArn);
      return { ...useOf(world.sent), invocations: 1 + world.lambda.accepted.length, operations };
    },
    async idleMinute() {
      const world = await World.make(engine);
      world.deployWakeUp();
      world.tick();
      await world.pass(MINUTE);
      return sharedUseOf(world.sent);
    },
    async together(handler, executions) {
      const tableName = await engine.createTable(tableDefinition);
      const backend = dynamoDBBackend({ tableName, client: engine.newClient(), wakeUp: false });
      const ordinary = withDurableExecution(handler, { backend }) as (event: unknown, context: object) => unknown;
      const invoke = (index: number) =>
        ordinary({ index }, { functionName: FUNCTION, awsRequestId: `request-${index}-${executions}` });
      const started = performance.now();
      await Promise.all(Array.from({ length: executions }, (_, index) => invoke(index)));
      return performance.now() - started;
    },
    close: () => engine.close(),
  };
}

async function operationsOf(backend: DynamoDBBackend, arn: string): Promise<number> {
  const { Events } = await backend.executions.history(arn, { maxItems: 1000 });
  return Events.filter(({ EventType }) => EventType?.endsWith('Started')).length;
}
