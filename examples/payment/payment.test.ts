import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { type ClientWrapper, createTestRunner, type TestRun, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import type { Invoice } from './charge.ts';
import { planDeclines, planSilences, readCharges, readReceipts, readRequests } from './outside/payments.ts';
import { type LocalTable, localTable } from './outside/table.ts';

type FunctionName = 'checkout' | 'dunning';
/** Deliveries: days that pass first, then those of an array at once. */
type Delivery = { after?: number; to: FunctionName[]; invoice: Invoice };

let table: LocalTable;
let functions: Required<TestRunnerOptions>['functions'];
let invoice: Invoice;
let usual: NodeJS.ProcessEnv;

useFreshOutside();
beforeAll(async () => {
  table = await localTable();
  usual = { ...process.env };
  Object.assign(process.env, table.environment);
  const [checkout, dunning] = [await import('./checkout.ts'), await import('./dunning.ts')];
  functions = { checkout: { handler: checkout.handler }, dunning: { handler: dunning.handler } };
});
afterAll(async () => {
  for (const name of Object.keys(table.environment)) {
    if (usual[name] === undefined) delete process.env[name];
    else process.env[name] = usual[name];
  }
  await table.close();
});
beforeEach(() => {
  invoice = { invoiceId: crypto.randomUUID(), cents: 1200 };
});

/** What each delivery led to, as each is an execution of its own. */
const outside = withDurableExecution(async (deliveries: Delivery[], context: DurableContext) => {
  const answers: unknown[] = [];
  for (const { after, to, invoice } of deliveries) {
    if (after) await context.wait('days pass', { days: after });
    const calls = to.map((name) =>
      context.invoke(name, name, invoice).catch((error) => ({ refused: (error as Error).message })),
    );
    answers.push(...(await Promise.all(calls)));
  }
  return answers;
});

function deliver(deliveries: Delivery[], options: Partial<TestRunnerOptions> = {}): Promise<TestRun<unknown>> {
  return createTestRunner({ handler: outside, functions, ...options }).run(deliveries);
}

const charge = () => ({ id: 'charge-1', ...invoice });
const paid = () => ({ invoiceId: invoice.invoiceId, status: 'paid', charge: charge() });
const collected = () => ({ ...paid(), status: 'collected' });

describe('a payment', () => {
  it('is made once by two functions that want it at once', async () => {
    const run = await deliver([{ to: ['checkout', 'dunning'], invoice }]);
    expect(run.result).toEqual([paid(), collected()]);
    expect(readRequests()).toHaveLength(1);
  });

  it('is made once by two executions of one function', async () => {
    const run = await deliver([{ to: ['checkout', 'checkout'], invoice }]);
    expect(run.result).toEqual([paid(), paid()]);
    expect(readRequests()).toHaveLength(1);
    expect(readReceipts()).toEqual([invoice.invoiceId]);
  });

  it('moves money once when the process dies between it and every record of it, and nobody gets in between', async () => {
    planSilences(1);
    const run = await deliver([{ to: ['checkout', 'dunning', 'checkout'], invoice }]);
    expect(run.result).toEqual([paid(), collected(), paid()]);
    const [first, again, ...more] = readRequests();
    expect(again).toEqual(first);
    expect(more).toEqual([]);
    expect(readReceipts()).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)('is asked for once when the process dies %s its checkpoint', async (moment) => {
    let crashes = 0;
    const dying = crash(moment, 'charge');
    const wrapClient: ClientWrapper = (client, ...rest) => {
      const wrapped = dying(client, ...rest);
      const checkpoint: typeof client.checkpoint = (...args) =>
        wrapped.checkpoint(...args).catch((error: Error) => {
          crashes += 1;
          throw error;
        });
      return { ...wrapped, checkpoint };
    };
    const run = await deliver([{ to: ['checkout', 'dunning'], invoice }], { wrapClient });
    expect(crashes).toBe(1);
    expect(run.result).toEqual([paid(), collected()]);
    expect(readRequests()).toHaveLength(1);
    expect(readReceipts()).toHaveLength(1);
  });

  it('gives a delivery that comes a week later the same result, and runs nothing', async () => {
    const run = await deliver([
      { to: ['checkout'], invoice },
      { after: 7, to: ['checkout', 'dunning'], invoice },
    ]);
    expect(run.result).toEqual([paid(), paid(), collected()]);
    expect(readRequests()).toHaveLength(1);
    expect(readReceipts()).toHaveLength(1);
  });

  it('is a new one when everybody has forgotten it', async () => {
    await deliver([
      { to: ['dunning'], invoice },
      { after: 31, to: ['dunning'], invoice },
    ]);
    // What the payment service knows the key by is the same still: it says how long.
    expect(readRequests()).toHaveLength(2);
    expect(readCharges()).toHaveLength(1);
  });

  it('is refused with another amount', async () => {
    const run = await deliver([
      { to: ['checkout'], invoice },
      { to: ['dunning'], invoice: { ...invoice, cents: 1 } },
    ]);
    expect(run.result).toEqual([paid(), { refused: expect.stringContaining('another payload') }]);
    expect(readRequests()).toHaveLength(1);
  });

  it('may be tried again by somebody else when the card was declined', async () => {
    planDeclines(1);
    const run = await deliver([
      { to: ['checkout'], invoice },
      { to: ['dunning'], invoice },
    ]);
    expect(run.result).toEqual([{ refused: expect.stringContaining('declined') }, collected()]);
  });
});
