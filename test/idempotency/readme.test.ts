import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { idempotentExecution, makeIdempotent } from '@middy-durable/idempotency';
import { type DynamoDBServer, startDynamoDB } from '../support/dynamodb-engines.ts';
import { idempotencyTable, onEveryDynamoDB } from './support/stores.ts';
import { type Handler, World } from './support/world.ts';

const README = readFileSync(new URL('../../packages/idempotency/README.md', import.meta.url), 'utf8');

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

describe('the first page', () => {
  const ENVIRONMENT = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const before = { ...process.env };
  let engine: DynamoDBServer;
  beforeAll(async () => {
    engine = await startDynamoDB('dynalite');
    await engine.createTable(() => idempotencyTable('idempotency'));
    Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint });
  });
  afterAll(async () => {
    process.env = before;
    await engine.close();
  });

  it('does what it says', async () => {
    const [, shown = ''] = /```ts\n.*?\n\n(.*?)```/s.exec(README) ?? [];
    expect(shown).toMatch(/^const persistenceStore/);
    expect(readFileSync(new URL('first-page.ts', import.meta.url), 'utf8')).toContain(shown);

    const { charged, handler } = await import('./first-page.ts');
    const durableExecutionClient = world.backend.client;
    world.addHandler('orders', (event, context) =>
      handler({ ...(event as { orderId: string }), durableExecutionClient } as never, context as never),
    );
    const run = async () => world.result(await world.start('orders', { orderId: 'a' }));
    expect(await run()).toBe('receipt 1');
    world.pass(7 * 86_400_000);
    expect(await run()).toBe('receipt 1');
    expect(charged).toEqual([['a', expect.stringMatching(/^[0-9a-f]{64}$/)]]);
  });
});

onEveryDynamoDB((makeTable) => {
  it('the policy allows what is sent, and nothing else', async () => {
    const policy = /```yaml\nPolicies:.*?```/s.exec(README)?.[0] ?? '';
    const allowed = [...policy.matchAll(/(?:dynamodb|lambda):(\w+)/g)].map(([action]) => action);
    const table = await makeTable();
    const asked: string[] = [];
    /** Lambda's durable API, as the SDK's client of a function meets it. */
    const lambda = {
      async send(command: { input: never }) {
        const { client, executions } = world.backend;
        const { DurableExecutionArn: arn } = command.input as { DurableExecutionArn: string };
        switch (command.constructor.name) {
          case 'CheckpointDurableExecutionCommand':
            return client.checkpoint(command.input);
          case 'GetDurableExecutionStateCommand':
            return client.getExecutionState(command.input);
          case 'GetDurableExecutionCommand':
            asked.push('lambda:GetDurableExecution');
            return executions.get(arn);
          default:
            throw new Error(`${command.constructor.name} is not known here.`);
        }
      },
    };
    const runs: string[] = [];
    const work: Handler = async ({ orderId }: { orderId: string }, context) => {
      runs.push(orderId);
      await context.wait({ days: 1 });
      if (orderId === 'fails') throw new Error('failed');
      return 'done';
    };
    const idempotency = idempotentExecution({
      persistenceStore: table.layer,
      config: { eventKeyJmesPath: 'orderId', expiresAfterSeconds: 864_000 },
    });
    // Executions that Lambda keeps.
    world.add('orders', work, { idempotency, client: lambda as never, backend: undefined as never });
    const start = (orderId: string) => world.start('orders', { orderId });

    const stopped = await start('stopped');
    await world.settle();
    await world.backend.executions.stop(stopped);
    const next = await start('stopped');
    await world.settle();
    expect(runs).toEqual(['stopped', 'stopped']); // Its owner was stopped: at once.
    expect(await world.result(next)).toBe('done');
    expect(await world.result(await start('stopped'))).toBe('done');
    expect(await world.result(await start('fails'))).toMatchObject({ Status: 'FAILED' });
    const large = makeIdempotent(async (_id: string) => 'x'.repeat(500_000), { persistenceStore: table.layer });
    expect(await large('large')).toBe(await large('large'));

    const sent = [...table.sent.map(({ request }) => `dynamodb:${request}`), ...asked];
    expect([...new Set(sent)].sort()).toEqual(allowed.sort());
  });
});
