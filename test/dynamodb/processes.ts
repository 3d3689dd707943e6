import { createService, type Service, type StoreBackend } from '@middy-durable/backend';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import { RUNTIME_KEY, type Runtime } from '@middy-durable/protocol';
import type { DynamoDBEngine } from '../support/dynamodb-engines.ts';
import { type FaultyDynamoDB, faultyDynamoDB } from '../support/faulty-dynamodb.ts';

export type Handler = (event: never, context: DurableContext) => Promise<unknown>;

/** One process: a client, a backend, a service and the handler. */
export interface Process {
  faulty: FaultyDynamoDB;
  backend: StoreBackend;
  service: Service;
  /** What its service could not do. */
  reports: unknown[];
  /** Milliseconds that its clock is ahead. */
  skew: number;
}

export const FUNCTION = 'orders';
const LEASE_SECONDS = 900;
const MOST_TICKS = 200;
/** A tick that was refused is tried again after this. */
const REFUSED_MS = 1000;

/** Processes on one table, and the time that passes for all of them. */
export class Processes {
  readonly tableName: string;
  readonly #engine: DynamoDBEngine;
  readonly #all: Process[] = [];
  #skipped = 0;

  private constructor(engine: DynamoDBEngine, tableName: string) {
    this.#engine = engine;
    this.tableName = tableName;
  }

  static async on(engine: DynamoDBEngine): Promise<Processes> {
    return new Processes(engine, await engine.createTable(tableDefinition));
  }

  begin(handler: Handler, options: { skew?: number; maxAttempts?: number; concurrency?: number } = {}): Process {
    const { skew = 0, maxAttempts = 3, concurrency = 10 } = options;
    const faulty = faultyDynamoDB(this.#engine, { maxAttempts });
    const clock = this.#clock(() => process.skew);
    const backend = dynamoDBBackend({ tableName: this.tableName, client: faulty.client, wakeUp: false, clock });
    const durable = withDurableExecution(handler, { durableExecutionClient: backend.client });
    const reports: unknown[] = [];
    const service = createService({
      backend,
      concurrency,
      leaseSeconds: LEASE_SECONDS,
      invoke: (functionName, envelope, { requestId }) =>
        durable({ ...envelope, [RUNTIME_KEY]: clock } as never, lambdaContext(functionName, requestId)),
      onError: (error) => reports.push(error),
    });
    const process: Process = { faulty, backend, service, reports, skew };
    this.#all.push(process);
    return process;
  }

  /** Lets time pass without waiting for it. */
  pass(ms: number): void {
    this.#skipped += ms;
  }

  now(): number {
    return Date.now() + this.#skipped;
  }

  /** Lets the services work until an execution has ended; time passes where nothing else is left to do. */
  async end(
    process: Process,
    arn: string,
    working: readonly Process[] = this.#all,
  ): Promise<Awaited<ReturnType<StoreBackend['executions']['get']>>> {
    for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
      const nexts = await Promise.all(
        working.map(({ service }) => service.tick().catch(() => this.now() + REFUSED_MS)),
      );
      await Promise.all(working.map(({ service }) => service.idle()));
      const execution = await process.backend.executions.get(arn);
      if (execution.Status !== 'RUNNING') return execution;
      const next = Math.min(...nexts.map((at) => at ?? Number.POSITIVE_INFINITY));
      if (next !== Number.POSITIVE_INFINITY) this.pass(Math.max(1, next - this.now()));
    }
    throw new Error(`${arn} has not ended after ${MOST_TICKS} ticks.`);
  }

  async close(): Promise<void> {
    for (const { service, backend } of this.#all) {
      await service.close();
      await backend.engine.store.close();
    }
  }

  #clock(skew: () => number): Runtime {
    return {
      now: () => this.now() + skew(),
      randomId: () => crypto.randomUUID(),
      schedule(callback, ms) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      nextTurn: (callback) => setImmediate(callback),
      activeResources: () => new Map(),
    };
  }
}

/** What user code awaits until a test lets it go on. */
export function gate(): { open: () => void; opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

function lambdaContext(functionName: string, awsRequestId: string): never {
  return { functionName, awsRequestId, getRemainingTimeInMillis: () => LEASE_SECONDS * 1000 } as never;
}
