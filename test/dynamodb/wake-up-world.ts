import {
  type ClientLike,
  createWakeUpHandler,
  type DynamoDBBackend,
  type DynamoDBBackendOptions,
  dynamoDBBackend,
  tableDefinition,
  type WakeUpSettings,
} from '@middy-durable/dynamodb';
import type { Clock } from '@middy-durable/protocol';
import type { DynamoDBEngine } from '../support/dynamodb-engines.ts';
import { type FaultyDynamoDB, faultyDynamoDB, type SentRequest } from '../support/faulty-dynamodb.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

export interface FunctionContext {
  functionName: string;
  functionVersion: string;
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type LambdaFunction = (event: unknown, context: FunctionContext) => unknown;

/** An asynchronous invocation that Lambda has accepted. */
export interface Accepted {
  functionName: string;
  event: unknown;
  requestId: string;
}

/** A Lambda in this process. Events are accepted at once and worked on afterwards, each in an invocation of its own. */
export class FakeLambda implements ClientLike {
  readonly functions: Map<string, LambdaFunction> = new Map();
  readonly accepted: Accepted[] = [];
  /** Names of the errors that the next requests get. */
  readonly refusals: string[] = [];
  /** Requests so far, refused ones included. */
  requests = 0;
  /** What invocations threw. */
  readonly thrown: unknown[] = [];
  /** While true, what is accepted is not worked on. */
  holding = false;
  underWay = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(command: never): Promise<unknown> {
    const { FunctionName, InvocationType, Payload } = (command as { input: Record<string, string> }).input;
    this.requests += 1;
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw Object.assign(new Error('refused'), { name: refusal });
    const functionName = String(FunctionName);
    if (!this.functions.has(functionName)) {
      throw Object.assign(new Error('Function not found'), { name: 'ResourceNotFoundException' });
    }
    const invocation = { functionName, event: JSON.parse(String(Payload)), requestId: this.#clock.randomId() };
    if (InvocationType !== 'Event') {
      try {
        return { StatusCode: 200, Payload: Buffer.from(JSON.stringify((await this.invoke(invocation)) ?? null)) };
      } catch (error) {
        const { name, message } = error as Error;
        const reported = { errorType: name, errorMessage: message };
        return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify(reported)) };
      }
    }
    this.accepted.push(invocation);
    if (!this.holding) this.work(invocation);
    return { StatusCode: 202 };
  }

  /** Works on an accepted event; once more for one that was worked on is what Lambda may do. */
  work(invocation: Accepted): void {
    this.invoke(invocation).catch((error: unknown) => this.thrown.push(error));
  }

  /** Events for one function. */
  eventsOf(functionName: string): Accepted[] {
    return this.accepted.filter((one) => one.functionName === functionName);
  }

  async invoke({ functionName, event, requestId }: Accepted): Promise<unknown> {
    const handler = this.functions.get(functionName) as LambdaFunction;
    const began = this.#clock.now();
    this.underWay += 1;
    try {
      return await handler(event, {
        functionName,
        functionVersion: '$LATEST',
        awsRequestId: requestId,
        getRemainingTimeInMillis: () => began + 120_000 - this.#clock.now(),
      });
    } finally {
      this.underWay -= 1;
    }
  }
}

/** The same time, off by some milliseconds. */
export function skewed(clock: Clock, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    schedule: (callback, delay) => clock.schedule(callback, delay),
    randomId: () => clock.randomId(),
  };
}

/** Functions, a wake-up function and its schedule, on one table, in virtual time. */
export class World {
  readonly clock: VirtualRuntime = new VirtualRuntime();
  readonly lambda: FakeLambda = new FakeLambda(this.clock);
  readonly tableName: string;
  readonly #engine: DynamoDBEngine;
  readonly #clients: FaultyDynamoDB[] = [];
  #underWay = 0;

  private constructor(engine: DynamoDBEngine, tableName: string) {
    this.#engine = engine;
    this.tableName = tableName;
  }

  static async make(engine: DynamoDBEngine): Promise<World> {
    return new World(engine, await engine.createTable(tableDefinition));
  }

  /** All requests to the table so far, of each process in order. */
  get sent(): SentRequest[] {
    return this.#clients.flatMap(({ sent }) => sent);
  }

  /** What a process of its own uses of the table. */
  faultyClient(options?: Parameters<typeof faultyDynamoDB>[1]): FaultyDynamoDB {
    const faulty = faultyDynamoDB(this.#engine, options);
    faulty.client.middlewareStack.add(
      (next) => async (args) => {
        this.#underWay += 1;
        try {
          return await next(args);
        } finally {
          this.#underWay -= 1;
        }
      },
      { step: 'initialize', name: 'underWay' },
    );
    this.#clients.push(faulty);
    return faulty;
  }

  /** A backend as a process of its own makes it. */
  backend(options: Partial<DynamoDBBackendOptions> = {}): DynamoDBBackend {
    return dynamoDBBackend({
      tableName: this.tableName,
      client: this.faultyClient().client,
      clock: this.clock,
      wakeUp: { functionName: 'wake-up', lambda: this.lambda },
      ...options,
    });
  }

  /** Deploys the wake-up function; a test ticks. */
  deployWakeUp(options: Partial<DynamoDBBackendOptions> & WakeUpSettings & { limit?: number } = {}): void {
    const handler = createWakeUpHandler({
      tableName: this.tableName,
      client: this.faultyClient().client,
      clock: this.clock,
      lambda: this.lambda,
      ...options,
    });
    this.lambda.functions.set('wake-up', handler as LambdaFunction);
  }

  /** One tick of the schedule, in an invocation of its own that is not waited for. */
  tick(): void {
    this.lambda.work({ functionName: 'wake-up', event: { source: 'aws.events' }, requestId: this.clock.randomId() });
  }

  /** Ticks every minute for so long. */
  async schedule(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      this.tick();
      await this.pass(60_000);
    }
  }

  /** Lets time pass, no faster than things happen. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.quiet();
    while (this.clock.now() < end) {
      await this.clock.pass(Math.min(250, end - this.clock.now()));
      await this.quiet();
    }
  }

  /** Resolves when nothing moves without time. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 3; still++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#underWay > 0) still = -1;
    }
  }
}
