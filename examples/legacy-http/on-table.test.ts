import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { FunctionOnTable } from '@middy-durable-examples/shared/test-support/function-on-table.ts';
import { switchedBackend } from '@middy-durable-examples/shared/test-support/switched-backend.ts';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { onEveryEngine } from '../../test/dynamodb/stores.ts';
import { readInbox } from './outside/approvals.ts';
import { ORDER, restRequest } from './outside/client.ts';
import { readRequests } from './outside/services.ts';

jest.setTimeout(60_000);
// http-error-handler takes it when the handlers' modules load.
jest.spyOn(console, 'error').mockImplementation(() => {});
const backend = switchedBackend();
jest.unstable_mockModule('./backend.ts', () => ({ backend }));
const { handler } = await import('./with-approval.ts');

const MINUTE = 60_000;
const DAY = 86_400_000;
const LARGE = { ...ORDER, amount: 250_000 };
const PLACED = ['reserve done', 'charge done', 'mail done'];

const requests = (): string[] => readRequests().map(({ call, outcome }) => `${call} ${outcome}`);

useFreshOutside();

onEveryEngine((_make, engine) => {
  let api: FunctionOnTable;
  beforeEach(async () => {
    api = await FunctionOnTable.on(engine(), handler, backend);
  });

  const order = async (of = LARGE): Promise<APIGatewayProxyResult> =>
    (await api.send(restRequest(of, { key: 'key-7' }))) as APIGatewayProxyResult;
  const decide = (approved: boolean): Promise<void> =>
    api.outside().callbacks.succeed(String(readInbox()[0]?.callbackId), JSON.stringify({ approved, by: 'grace' }));

  describe('the order API with its wake-up function', () => {
    it('answers at once what needs no approval, and needs no wake-up', async () => {
      expect((await order(ORDER)).statusCode).toBe(201);
      await api.pass(2 * MINUTE);
      expect([requests(), api.wakeUps]).toEqual([PLACED, 0]);
    });

    it('waits for an approval, is woken up within a second of it, and has the answer for who asks again', async () => {
      expect((await order()).statusCode).toBe(202);
      await api.pass(5 * MINUTE);
      expect([requests(), api.wakeUps]).toEqual([[], 0]);

      await decide(true);
      await api.pass(1000);
      expect([requests(), api.wakeUps]).toEqual([PLACED, 1]);
      expect(await api.executions()).toEqual(['key-7 SUCCEEDED']);
      expect(await order()).toMatchObject({ statusCode: 201, headers: { Location: '/orders/order-7' } });
      expect(requests()).toEqual(PLACED);
    });

    it('places nothing that was rejected', async () => {
      await order();
      await decide(false);
      await api.pass(1000);
      expect(await order()).toMatchObject({ statusCode: 403, body: 'The order was rejected by grace.' });
      expect(requests()).toEqual([]);
    });

    it('fails when nobody decides for three days, takes no decision then, and places nothing', async () => {
      await order();
      await api.passIdle(3 * DAY - 2 * MINUTE);
      await api.pass(30_000);
      expect(await api.executions()).toEqual(['key-7 RUNNING']);
      await api.pass(2 * MINUTE);
      expect(await api.executions()).toEqual(['key-7 FAILED']);
      await expect(decide(true)).rejects.toMatchObject({ name: 'CallbackTimeoutException' });

      expect((await order()).statusCode).toBe(500);
      expect([requests(), readInbox().length]).toEqual([[], 1]);
    });

    it.each(['before', 'after'] as const)('charges once when the process dies %s the record', async (moment) => {
      await order();
      api.dies(moment, 'charge');
      await decide(true);
      await api.pass(MINUTE);
      expect(requests()).toEqual(['reserve done', 'charge done']);
      expect((await order()).statusCode).toBe(202);

      // The lease of an invocation that does not say how long it may take.
      await api.pass(16 * MINUTE);
      const again = moment === 'before' ? ['charge done before'] : [];
      expect(requests()).toEqual(['reserve done', 'charge done', ...again, 'mail done']);
      expect((await order()).statusCode).toBe(201);
      expect(api.thrown.map(String)).toEqual([expect.stringContaining('the process died')]);
    });

    it('charges once when Lambda repeats every invocation, at once and later', async () => {
      await order();
      await decide(true);
      api.repeatInvocations();
      await api.pass(1000);
      api.repeatInvocations();
      await api.pass(2 * MINUTE);
      expect(requests()).toEqual(PLACED);
      expect(await api.executions()).toEqual(['key-7 SUCCEEDED']);
    });
  });
});
