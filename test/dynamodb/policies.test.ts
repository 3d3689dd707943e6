import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { type ClientLike, type DynamoDBBackend, type DynamoDBBackendOptions, s3Objects } from '@middy-durable/dynamodb';
import { type DynamoDBRole, durablePolicies, type PolicyDocument } from '@middy-durable/dynamodb/resources';
import { encodeCallbackId, parseExecutionArn } from '@middy-durable/protocol';
import { type DynamoDBEngine, openDynamoDB } from '../support/dynamodb-engines.ts';
import type { FaultyDynamoDB } from '../support/faulty-dynamodb.ts';
import { type IamRequest, isAllowed, type Right, rightsOf, rightsUsed } from '../support/iam.ts';
import { BUCKET_ARN, BUS_ARN, FUNCTION_ARN, noteTableRequests, noting, TABLE_ARN } from '../support/iam-requests.ts';
import { World } from './wake-up-world.ts';

interface Order {
  id: string;
  does: keyof typeof WORK;
}

/** More than an item holds, and no compression makes it small. */
const noise = (): string => randomBytes(150_000).toString('base64');
const MINUTES = { timeout: { minutes: 10 } } as const;
let callbackIds: Map<string, string>;
let skip: (minutes: number) => void;

const WORK = {
  nothing: async () => 'done',
  wait: (_: Order, context: DurableContext) => context.wait('a while', { seconds: 30 }),
  approval: ({ id }: Order, context: DurableContext) =>
    context.waitForCallback('approval', async (callbackId) => void callbackIds.set(id, callbackId), MINUTES),
  heartbeats: ({ id }: Order, context: DurableContext) =>
    context.waitForCallback('approval', async (callbackId) => void callbackIds.set(id, callbackId), {
      ...MINUTES,
      heartbeatTimeout: { minutes: 5 },
    }),
  tooLate: async (_: Order, context: DurableContext) => {
    const [, callbackId] = await context.createCallback('approval', { timeout: { minutes: 1 } });
    await context.step('take longer', async () => skip(2));
    await context.step('go on', async () => 1);
    return callbackId;
  },
  load: async (_: Order, context: DurableContext) => {
    const text = await context.step('load', async () => noise());
    await context.wait('a while', { seconds: 30 });
    return text.length;
  },
  call: ({ id }: Order, context: DurableContext) =>
    context.invoke('call', 'orders', { id: `${id}-called`, does: 'nothing' }),
  prices: async (_: Order, context: DurableContext) => {
    await context.invoke('price', 'price', {});
    await context.invoke('old price', 'price:3', {});
  },
  loadAndAsk: async ({ id }: Order, context: DurableContext) => {
    await context.step('load', async () => noise());
    return context.waitForCallback('approval', async (callbackId) => void callbackIds.set(id, callbackId), MINUTES);
  },
  fail: async (_: Order, context: DurableContext) => {
    await context.step('done before', async () => 1);
    throw new Error('failed');
  },
} satisfies Record<string, (order: Order, context: DurableContext) => Promise<unknown>>;

/** A bucket in this process. */
class FakeBucket implements ClientLike {
  readonly #objects = new Map<string, Uint8Array>();

  async send(command: never): Promise<unknown> {
    const { Key, Body } = (command as { input: { Key: string; Body?: Uint8Array } }).input;
    if (Body !== undefined) this.#objects.set(Key, Body);
    return { Body: { transformToByteArray: async () => this.#objects.get(Key) } };
  }
}

const bus: ClientLike = {
  async send(command: never) {
    const { Entries } = (command as { input: { Entries: object[] } }).input;
    return { Entries: Entries.map(() => ({ EventId: 'id' })) };
  },
};

type Sent = Record<DynamoDBRole, IamRequest[]>;

/** Each role as processes of its own on one table, with every request that it makes. */
class Deployment {
  readonly world: World;
  /** Everything that was sent, also by other deployments. */
  readonly requests: Sent;
  readonly #tables = new Map<DynamoDBRole, FaultyDynamoDB>();
  readonly #bucket: FakeBucket | undefined;
  #staying = 0;

  private constructor(world: World, requests: Sent, bucket: FakeBucket | undefined) {
    this.world = world;
    this.requests = requests;
    this.#bucket = bucket;
  }

  static async make(engine: DynamoDBEngine, sent: Sent, { bucket = false } = {}): Promise<Deployment> {
    const deployment = new Deployment(await World.make(engine), sent, bucket ? new FakeBucket() : undefined);
    const { world } = deployment;
    const { functions } = world.lambda;
    functions.set('orders', (event, context) =>
      withDurableExecution(
        (order: Order, durable: DurableContext) => WORK[order.does](order, durable) as Promise<unknown>,
        { backend: deployment.backend('function'), executionName: (order: Order) => order.id, onRedelivery: 'resume' },
      )(event as Order, context as never),
    );
    functions.set('price', noise);
    deployment.deployWakeUp();
    return deployment;
  }

  /** Faults for what a role sends. */
  table(role: DynamoDBRole): FaultyDynamoDB {
    const known = this.#tables.get(role);
    if (known !== undefined) return known;
    const faulty = this.world.faultyClient();
    noteTableRequests(faulty.client, this.requests[role]);
    this.#tables.set(role, faulty);
    return faulty;
  }

  /** As a new process makes it, which knows nothing of the others. */
  backend(role: DynamoDBRole): DynamoDBBackend {
    const lambda = noting(this.world.lambda, this.requests[role]);
    return this.world.backend({ ...this.#options(role), wakeUp: { functionName: 'wake-up', lambda } });
  }

  deployWakeUp(): void {
    this.world.deployWakeUp({
      ...this.#options('wakeUp'),
      lambda: noting(this.world.lambda, this.requests.wakeUp),
      eventBusName: 'changes',
      eventBridge: noting(bus, this.requests.wakeUp),
    });
    const wakeUp = this.world.lambda.functions.get('wake-up');
    this.world.lambda.functions.set('wake-up', async (...invocation) => {
      this.#staying += 1;
      try {
        return await wakeUp?.(...invocation);
      } finally {
        this.#staying -= 1;
      }
    });
  }

  /** One ordinary event; what the function answers or throws. */
  order(does: Order['does'], id: string): Promise<unknown> {
    const requestId = this.world.clock.randomId();
    return this.world.lambda.invoke({ functionName: 'orders', event: { id, does }, requestId });
  }

  skip(minutes: number): void {
    this.world.clock.skipTo(this.world.clock.now() + minutes * 60_000);
  }

  /** Time passes, then the schedule ticks, until everything that it began has ended. */
  async tickAfter(minutes: number): Promise<void> {
    await this.#rest();
    this.skip(minutes);
    this.world.tick();
    await this.#rest();
  }

  /** Until nobody works. Functions need no time of this world, only the wake-up function does that stays. */
  async #rest(): Promise<void> {
    const { world } = this;
    for (;;) {
      await world.quiet();
      const { underWay } = world.lambda;
      if (underWay > this.#staying) await new Promise((resolve) => setTimeout(resolve, 1));
      else if (underWay > 0) await world.pass(250);
      else return;
    }
  }

  async arnOf(name: string): Promise<string> {
    const { DurableExecutions } = await this.backend('read').executions.list({ name });
    return String(DurableExecutions[0]?.DurableExecutionArn);
  }

  async statusOf(name: string): Promise<string | undefined> {
    return (await this.backend('read').executions.list({ name })).DurableExecutions[0]?.Status;
  }

  #options(role: DynamoDBRole): Partial<DynamoDBBackendOptions> {
    return {
      client: this.table(role).client,
      statusChanges: true,
      functions: { orders: {}, price: { durable: false } },
      bucket: this.#bucket && s3Objects({ bucket: 'payloads', client: noting(this.#bucket, this.requests[role]) }),
    };
  }
}

describe('policies', () => {
  let engine: DynamoDBEngine;
  const sent: Sent = { function: [], wakeUp: [], start: [], callback: [], read: [] };
  let policies: Record<DynamoDBRole, PolicyDocument>;
  beforeAll(async () => {
    engine = await openDynamoDB('dynalite');
    policies = durablePolicies({
      table: `${TABLE_ARN}*`,
      wakeUpFunction: `${FUNCTION_ARN}wake-up`,
      functions: ['orders', 'price'].map((name) => FUNCTION_ARN + name),
      bucket: `${BUCKET_ARN}payloads`,
      eventBus: `${BUS_ARN}changes`,
    });
  });
  afterAll(() => engine?.close());
  beforeEach(() => {
    callbackIds = new Map();
    // That the wake-up function has not run yet, or can't be started.
    jest.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const isPut = (partition: string) => (request: string, input: Record<string, unknown>) =>
    request === 'PutItem' && keyOf(input).startsWith(partition);
  const isSettle = (request: string, input: Record<string, unknown>): boolean =>
    request === 'UpdateItem' && String(input.UpdateExpression).includes('#u = :u');
  /** Runs that are called have a hash for an id. */
  const isCallStart = (request: string, input: Record<string, unknown>): boolean =>
    request === 'PutItem' && /^r#[0-9a-f]{32} 00000001$/.test(keyOf(input));

  for (const bucket of [false, true]) {
    it(`let everything pass that is sent${bucket ? ', with a bucket' : ''}`, async () => {
      const deployment = await Deployment.make(engine, sent, { bucket });
      const { world } = deployment;
      skip = (minutes) => deployment.skip(minutes);
      const start = deployment.backend('start').executions;
      const read = deployment.backend('read').executions;
      const { callbacks } = deployment.backend('callback');

      // Events: answered at once, suspended, redelivered.
      expect(await deployment.order('nothing', 'plain')).toBe('done');
      expect(await deployment.order('nothing', 'plain')).toBe('done');
      await deployment.order('wait', 'waiting');
      await deployment.order('load', 'loading');
      await deployment.order('call', 'calling');
      await deployment.order('prices', 'pricing');
      await expect(deployment.order('fail', 'failing')).rejects.toThrow('failed');
      await expect(deployment.order('fail', 'failing')).rejects.toThrow('failed');
      // Dies between the note that it calls and the call.
      deployment.table('function').strike('AccessDenied', isCallStart, 10);
      await deployment.order('call', 'died').catch(() => {});
      // The wake-up function can't be started.
      await deployment.tickAfter(1);
      world.lambda.refusals.push('TooManyRequestsException');
      await deployment.order('wait', 'waiting-too');
      // Answers that got lost.
      deployment.table('function').strike('twice', isPut('r#'));
      deployment.table('function').strike('twice', isPut('n#'));
      expect(await deployment.order('nothing', 'again')).toBe('done');
      deployment.table('function').strike('twice', isSettle);
      await deployment.order('tooLate', 'too-late');

      // From outside.
      deployment.table('start').strike('twice', isPut('n#'));
      const request = { functionName: 'orders:7', name: 'started', input: JSON.stringify({ does: 'load' }) };
      const { DurableExecutionArn } = await start.start(request);
      expect(await start.start(request)).toEqual({ DurableExecutionArn, created: false });
      await start.start({ ...request, name: 'large', input: JSON.stringify({ does: 'nothing', text: noise() }) });
      for (let tick = 0; tick < 6; tick++) await deployment.tickAfter(1);
      for (const name of ['waiting', 'waiting-too', 'loading', 'calling', 'died', 'pricing', 'started', 'large']) {
        expect([name, await deployment.statusOf(name)]).toEqual([name, 'SUCCEEDED']);
      }

      // Callbacks: completed, failed, alive, out of time, made up.
      for (const id of ['approved', 'rejected', 'large-approval', 'lost-answer'])
        await deployment.order('approval', id);
      for (const id of ['alive', 'silent']) await deployment.order('heartbeats', id);
      await deployment.order('loadAndAsk', 'loaded');
      await deployment.tickAfter(1);
      await callbacks.succeed(String(callbackIds.get('loaded')));
      await deployment.tickAfter(1);
      world.lambda.refusals.push('TooManyRequestsException');
      await callbacks.succeed(String(callbackIds.get('approved')), '"yes"');
      await callbacks.fail(String(callbackIds.get('rejected')), { ErrorType: 'Rejected' });
      await callbacks.succeed(String(callbackIds.get('large-approval')), JSON.stringify(noise()));
      await callbacks.heartbeat(String(callbackIds.get('alive')));
      deployment.table('callback').strike('twice', isSettle);
      await callbacks.succeed(String(callbackIds.get('lost-answer')), '"yes"');
      await expect(callbacks.succeed(String(callbackIds.get('approved')), '"no"')).rejects.toThrow();
      await deployment.tickAfter(11);
      await deployment.tickAfter(1);
      expect(await deployment.statusOf('approved')).toBe('SUCCEEDED');
      expect(await deployment.statusOf('large-approval')).toBe('SUCCEEDED');
      expect(await deployment.statusOf('silent')).toBe('FAILED');

      // Of an execution that has not begun there is but one item.
      world.lambda.refusals.push('TooManyRequestsException');
      const { DurableExecutionArn: fresh } = await start.start({ functionName: 'orders', name: 'fresh', input: '{}' });
      await start.start({ functionName: 'orders', name: 'fresher', input: '{}' });
      const { id: runId } = parseExecutionArn(fresh);
      const madeUp = encodeCallbackId({ runId, operationId: '0123456789abcdef' }, 'secret');
      await expect(callbacks.succeed(madeUp)).rejects.toThrow('Invalid callback id');
      expect(await read.get(fresh)).toMatchObject({ Status: 'RUNNING' });

      // Who stops and redrives has the rights of a function.
      const operator = deployment.backend('function').executions;
      await operator.stop(fresh);
      await operator.redrive(await deployment.arnOf('failing'));
      await deployment.tickAfter(1);

      // Looking at it.
      const { DurableExecutions } = await read.list({ functionName: 'orders' });
      for (const { DurableExecutionArn: arn } of DurableExecutions) {
        await deployment.backend('read').executions.get(arn);
        await deployment.backend('read').executions.history(arn);
      }
      expect(world.lambda.thrown).toEqual([]);
    });
  }

  it('allow what was sent, of everything', () => {
    for (const [role, policy] of Object.entries(policies)) {
      const denied = sent[role as DynamoDBRole].filter((request) => !isAllowed(policy, request));
      expect({ role, denied: [...new Set(denied.map((one) => JSON.stringify(one)))] }).toEqual({ role, denied: [] });
    }
  });

  it('give no right that nobody used', () => {
    const idle = Object.entries(policies).flatMap(([role, policy]) => {
      const used = new Set(sent[role as DynamoDBRole].flatMap((request) => rightsUsed(policy, request)).map(textOf));
      return rightsOf(policy)
        .map(textOf)
        .filter((right) => !used.has(right))
        .map((right) => `${role}: ${right}`);
    });
    expect(idle).toEqual([]);
  });
});

function keyOf({ Item }: Record<string, unknown>): string {
  const { pk, sk } = Item as Record<'pk' | 'sk', { S: string }>;
  return `${pk.S} ${sk.S}`;
}

function textOf({ action, resource, partition }: Right): string {
  return [action, resource, partition].join(' ');
}
