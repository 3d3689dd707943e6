import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from '@jest/globals';
import { createWakeUpHandler, dynamoDBBackend } from '@middy-durable/dynamodb';
import { Random } from '../simulation/random.ts';
import { openDynamoDB } from '../support/dynamodb-engines.ts';
import { type Body, durable, PENDING, wait } from './durable-functions.ts';
import { EventQueue } from './event-queue.ts';
import { mortalFunction, REQUEST_FAULTS, Troubles } from './mortal-functions.ts';
import { World } from './wake-up-world.ts';
import { Witness } from './witness.ts';

const RUNS = 300;
const LIMIT = 25;
const WAKE_UPS_AT_ONCE = 3;
/** Seconds between them. */
const EVERY = 5;
/** The steps of the last runs are done when the troubles are over. */
const STORMY_STEPS = 1.9 * RUNS;
const MOST_SECONDS = 3600;
const TROUBLES = [...REQUEST_FAULTS, 'death', 'dropped event', 'event delivered twice', 'Lambda throttles'];
const RETRIES = { maxAttempts: 100, maxDelaySeconds: 5 };

it(`${RUNS} runs that are due at once, wake-ups beside each other that die, a table and a Lambda that fail: each ends, and goes on once at a time`, async () => {
  const engine = await openDynamoDB('dynalite');
  const world = await World.make(engine);
  const random = new Random(20260101);
  const troubles = new Troubles(random);
  const witness = new Witness();
  const callbacks = new Set<string>();
  const queue = new EventQueue(world.lambda, troubles, random);
  const { tableName } = world;
  const settings = { tableName, retries: RETRIES };

  world.lambda.functions.set(
    'orders',
    mortalFunction(world, troubles, random, (process) => {
      const { client, clock } = process;
      const backend = dynamoDBBackend({ ...settings, client, clock, wakeUp: false });
      return (event, context) => {
        const requestId = context.awsRequestId;
        const body: Body = async (done, checkpoint, { DurableExecutionArn: arn }) => {
          const order = Number(/order-(\d+)/.exec(arn)?.[1]);
          const working = witness.begins(arn, process, requestId);
          const step = async (Id: string): Promise<void> => {
            if (done.get(Id)?.Status === 'SUCCEEDED') return;
            if (!done.has(Id)) await checkpoint({ Id, Type: 'STEP', Action: 'START' });
            // Some take their time, and others come meanwhile.
            if (order % 4 === 0) await new Promise<void>((resolve) => clock.schedule(resolve, 2500));
            const recorded = witness.effect(arn, Id, working);
            await checkpoint({ Id, Type: 'STEP', Action: 'SUCCEED', Payload: '1' });
            recorded();
          };
          try {
            await step('charge');
            const start = order % 3 === 0 ? ({ Id: 'wait', Type: 'CALLBACK', Action: 'START' } as const) : wait(3);
            const waiting = done.get('wait') ?? (await checkpoint(start))[0];
            const callbackId = waiting?.CallbackDetails?.CallbackId;
            if (callbackId !== undefined) callbacks.add(callbackId);
            if (waiting?.Status !== 'SUCCEEDED') return PENDING;
            await step('ship');
            return { Status: 'SUCCEEDED', Result: '"shipped"' };
          } finally {
            witness.ends(arn, working);
          }
        };
        return durable(backend, body)(event, { ...context, getRemainingTimeInMillis: () => 30_000 });
      };
    }),
  );
  world.lambda.functions.set(
    'wake-up',
    mortalFunction(world, troubles, random, ({ client, clock, lambda }) =>
      createWakeUpHandler({
        ...settings,
        client,
        clock,
        lambda,
        limit: LIMIT,
        concurrency: 5,
        onError: () => {},
      }),
    ),
  );

  const sound = dynamoDBBackend({ ...settings, client: engine.client, clock: world.clock, wakeUp: false });
  const arns = await Promise.all(
    Array.from({ length: RUNS }, async (_, index) => {
      const started = await sound.executions.start({ functionName: 'orders', name: `order-${index}` });
      return started.DurableExecutionArn;
    }),
  );

  const answered = new Set<string>();
  let seconds = 0;
  const turn = async (): Promise<void> => {
    if (seconds > MOST_SECONDS) throw new Error(`They do not come to rest: ${witness.steps} steps are done.`);
    if (seconds % EVERY === 0) for (let count = 0; count < WAKE_UPS_AT_ONCE; count++) world.tick();
    if (troubles.happens('Lambda throttles', 0.2)) world.lambda.refusals.push('TooManyRequestsException');
    for (const id of callbacks) {
      if (answered.has(id) || !random.chance(0.3)) continue;
      answered.add(id);
      await sound.callbacks.succeed(id, '1');
    }
    queue.deliver();
    await world.pass(1000);
    seconds += 1;
  };
  while (witness.steps < STORMY_STEPS) await turn();
  troubles.calm();
  while ((await sound.store.nextDue()) !== undefined || queue.size > 0) {
    for (let count = 0; count < 30; count++) await turn();
  }

  // Copies that come when all is over change nothing, and nobody stays.
  const { effects } = witness;
  for (const [index, event] of world.lambda.accepted.entries()) {
    if (index % 5 === 0) await world.lambda.invoke(event);
  }
  await world.pass(70_000);
  expect(witness.effects).toBe(effects);
  expect(world.lambda.underWay).toBe(0);
  expect(new Set(world.lambda.thrown.map((error) => (error as Error).name))).toEqual(new Set(['Runtime.ExitError']));

  expect(witness.violations).toEqual([]);
  expect(witness.needless).toEqual([]);
  for (const arn of arns) {
    expect(await sound.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"shipped"' });
    const { Events } = await sound.executions.history(arn);
    const types = Events.map(({ EventType }) => EventType);
    expect(types.filter((type) => type === 'StepSucceeded')).toHaveLength(2);
  }
  const { Items = [] } = await engine.client.send(new ScanCommand({ TableName: tableName, IndexName: 'gsi1' }));
  expect(Items.filter(({ gsi1pk }) => gsi1pk?.S?.startsWith('d#'))).toEqual([]);
  // Nothing of that was idle: each trouble there is has struck, and some of them meant that a step ran twice.
  expect(Object.fromEntries(troubles.counts)).toEqual(
    Object.fromEntries(TROUBLES.map((trouble) => [trouble, expect.any(Number)])),
  );
  expect(witness.steps).toBe(2 * RUNS);
  expect(witness.effects).toBeGreaterThan(2 * RUNS);
  expect(witness.takeovers).toBeGreaterThan(0);
  await engine.close();
}, 240_000);
