import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createService, memoryBackend } from '@middy-durable/backend';
import type { HttpResponse } from '@middy-durable/callbacks';
import { LambdaApiServer } from '../support/lambda-api-server.ts';
import { client } from './support/entrances.ts';

type Handler = (event: unknown, context?: unknown) => Promise<unknown>;

/** What the README leaves to its reader. */
const OWN = `
interface Order { id: string; approver: string }
export const mails: { to: string; url: string }[] = [];
const mail = (to: string, url: string): number => mails.push({ to, url });
const ship = ({ id }: Order): string => id + ' is shipped';
const cancel = ({ id }: Order): string => id + ' is cancelled';
`;

let folder: string;
let api: LambdaApiServer;
const backend = memoryBackend();
const environment = { ...process.env };
beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, 'readme-'));
  api = await LambdaApiServer.listen(backend);
  Object.assign(process.env, api.env, { LINK_SECRET: 'x'.repeat(44), LINK_URL: 'https://decide.example/' });
});
afterAll(async () => {
  process.env = environment;
  await api.close();
  await rm(folder, { recursive: true });
});

it('the three files of the README are an approval by mail', async () => {
  const readme = await readFile(new URL('../../packages/callbacks/README.md', import.meta.url), 'utf8');
  for (const [, code = '', name = ''] of readme.matchAll(/```ts\n(\/\/ (\w+\.ts),[\s\S]*?)```/g)) {
    await writeFile(join(folder, name), name === 'order.ts' ? code + OWN : code);
  }
  const order = (await import(join(folder, 'order.ts'))) as { handler: Handler; mails: { to: string; url: string }[] };
  const decide = (await import(join(folder, 'decide.ts'))) as { handler: (event: unknown) => Promise<HttpResponse> };
  const service = createService({
    backend,
    invoke: (_name, envelope, { requestId }) =>
      order.handler(envelope, { awsRequestId: requestId, getRemainingTimeInMillis: () => 900_000 }) as never,
  });
  const settle = async (): Promise<void> => {
    await service.tick();
    await service.idle();
  };
  const input = JSON.stringify({ id: 'order-7', approver: 'ann@example.com' });
  const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders', input });
  await settle();
  expect(order.mails).toEqual([
    { to: 'ann@example.com', url: expect.stringMatching(/^https:\/\/decide\.example\/\?token=1\./) },
  ]);
  const token = new URL(order.mails[0]?.url ?? '').searchParams.get('token') ?? '';
  const browser = client(decide.handler);
  expect((await browser.get({ token })).body).toContain('value="approve"');
  expect((await browser.submit({ token, action: 'approve' })).statusCode).toBe(200);
  await settle();
  expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({
    Status: 'SUCCEEDED',
    Result: '"order-7 is shipped"',
  });
  await service.close();
});
