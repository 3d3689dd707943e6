import { createService } from '@middy-durable/backend';
import { dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import { RUNTIME_KEY } from '@middy-durable/protocol';
import { SkippingClock } from '../../test/interop/hosts/skipping-clock.ts';
import { ENGINES, type EngineKind, isAvailable, startDynamoDB } from '../../test/support/dynamodb-engines.ts';
import { faultyDynamoDB } from '../../test/support/faulty-dynamodb.ts';
import { type TableUse, useOf } from './dynamodb-use.ts';
import { type Handler, loadEngine } from './engines.ts';

/** What a number of executions took. */
export interface RunUse extends TableUse {
  invocations: number;
  /** Operations as Lambda durable functions count them: the execution, and each operation with its retries. */
  operations: number;
  ms: number;
}

/** What a handler sends the id of a callback with. */
export type Ask = (callbackId: string) => Promise<void>;

export interface DynamoDBRun {
  /** Runs executions at once on a new table. Waits take no time; callbacks that were asked for are completed afterwards. */
  run(handler: (ask: Ask) => Handler, executions?: number): Promise<RunUse>;
  /** One look for what is due, when nothing is. */
  look(): Promise<TableUse>;
  close(): Promise<void>;
}

/** The engines that can run here. */
export function availableEngines(): EngineKind[] {
  return ENGINES.filter(isAvailable);
}

/** Executions on a DynamoDB of this machine, with the service's loop in this process. */
export async function openDynamoDBRun(kind: EngineKind): Promise<DynamoDBRun> {
  const engine = await startDynamoDB(kind);
  const durable = await loadEngine('ours');
  const open = async () => {
    const clock = new SkippingClock();
    const { client, sent } = faultyDynamoDB(engine);
    const backend = dynamoDBBackend({
      tableName: await engine.createTable(tableDefinition),
      client,
      clock,
      wakeUp: false,
    });
    return { clock, sent, backend };
  };
  return {
    async run(handler, executions = 1) {
      const { clock, sent, backend } = await open();
      const asked: string[] = [];
      const invoke = durable(
        handler(async (callbackId) => void asked.push(callbackId)),
        backend.client,
      );
      let invocations = 0;
      const service = createService({
        backend,
        concurrency: 100,
        invoke: (_name, envelope) => {
          invocations += 1;
          return invoke({ ...envelope, [RUNTIME_KEY]: clock });
        },
      });
      const started = performance.now();
      const arns = await Promise.all(
        Array.from({ length: executions }, () => service.start({ functionName: 'bench', input: '{}' })),
      );
      for (;;) {
        const next = await service.tick();
        await service.idle();
        if (asked.length > 0) await Promise.all(asked.splice(0).map((id) => backend.callbacks.succeed(id, 'yes')));
        else if (next === undefined || next > clock.now() + NEVER_MS) break;
        else clock.skipTo(next);
      }
      const ms = performance.now() - started;
      const use = useOf(sent);
      let operations = 0;
      for (const { DurableExecutionArn } of arns) {
        const { Status } = await backend.executions.get(DurableExecutionArn);
        if (Status !== 'SUCCEEDED') throw new Error(`${DurableExecutionArn} is ${Status}`);
        operations += await operationsOf(backend, DurableExecutionArn);
      }
      await service.close();
      return { ...use, invocations, operations, ms };
    },
    async look() {
      const { sent, backend } = await open();
      await backend.store.due(Date.now(), 10);
      return useOf(sent);
    },
    close: () => engine.close(),
  };
}

/** Further ahead is only the timeout of an execution, which nobody waits for. */
const NEVER_MS = 100 * 86_400_000;

async function operationsOf(backend: ReturnType<typeof dynamoDBBackend>, arn: string): Promise<number> {
  const { Events } = await backend.executions.history(arn, { maxItems: 1000 });
  return Events.filter(({ EventType }) => EventType?.endsWith('Started')).length;
}
