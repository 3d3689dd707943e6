import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import type { DurableExecutionInvocationOutput } from '@middy-durable/protocol';
import { BACKENDS, type OpenBackend } from '../support/backends.ts';

const MESSAGE = { Records: [{ messageId: 'message-7', body: '{"id":7}', eventSource: 'aws:sqs' }] };
const ONCE = { retryStrategy: () => ({ shouldRetry: false }) };

let requests = 0;

/** A queue that delivers the same message again until its handler has succeeded. */
describe.each(Object.entries(BACKENDS))('deliveries of one message, on %s', (_, makeBackend) => {
  let open: OpenBackend;
  let bodies: string[];
  beforeEach(async () => {
    open = await makeBackend();
    bodies = [];
  });
  afterEach(() => open.close());

  async function deliver(handler: (context: DurableContext) => Promise<unknown>): Promise<unknown> {
    requests += 1;
    const context = { functionName: 'orders', awsRequestId: `request-${requests}` };
    const opened = await open.backend.open(MESSAGE, context);
    if ('answer' in opened) return opened.answer;
    const durable = withDurableExecution((_event, one: DurableContext) => handler(one), {
      durableExecutionClient: open.backend.client,
    });
    const output = (await durable(opened.run, context as never)) as DurableExecutionInvocationOutput;
    return opened.inline?.close(output);
  }
  /** Delivers until it succeeds; returns the answer and the errors before it. */
  async function deliverAll(handler: (context: DurableContext) => Promise<unknown>): Promise<[unknown, string[]]> {
    const errors: string[] = [];
    while (errors.length < 9) {
      try {
        return [await deliver(handler), errors];
      } catch (error) {
        errors.push((error as Error).message);
      }
    }
    throw new Error(`It never succeeded: ${errors.join('; ')}`);
  }
  const body =
    (name: string, failures = 0) =>
    async (): Promise<string> => {
      bodies.push(name);
      if (bodies.filter((one) => one === name).length <= failures) throw new Error(`${name} failed`);
      return name;
    };
  async function statuses(): Promise<string[]> {
    const { DurableExecutions } = await open.backend.executions.list({ functionName: 'orders', reverseOrder: true });
    return DurableExecutions.map(({ Status }) => Status);
  }

  it('keeps the idempotency key of a step, and what is derived from the execution', async () => {
    const keys: string[] = [];
    const derived: unknown[] = [];
    await deliverAll(async (context) => {
      derived.push([context.uuid(), context.random()]);
      await context.step(
        'charge',
        async ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          if (keys.length < 3) throw new Error('the answer was lost');
        },
        ONCE,
      );
    });
    expect(keys).toEqual(Array(3).fill(keys[0]));
    expect(derived).toEqual(Array(3).fill(derived[0]));
  });

  it('goes on with the input that it began with: what its record was made from', async () => {
    const seen: unknown[] = [];
    for (let delivery = 1; delivery <= 2; delivery++) {
      const event = { Records: [{ ...MESSAGE.Records[0], receiptHandle: `handle-${delivery}` }] };
      const opened = await open.backend.open(event, { functionName: 'orders', awsRequestId: `delivery-${delivery}` });
      if (!('run' in opened)) throw new Error('It was answered.');
      const [execution] = opened.run.InitialExecutionState.Operations;
      seen.push(JSON.parse(execution?.ExecutionDetails?.InputPayload as string).Records[0].receiptHandle);
      const failed = { Status: 'FAILED', Error: { ErrorMessage: 'once' } } as const;
      await expect(opened.inline?.close(failed)).rejects.toThrow('once');
    }
    expect(seen).toEqual(['handle-1', 'handle-1']);
  });

  it('a step that fails twice succeeds on the third, and the first step ran once', async () => {
    const handler = async (context: DurableContext) => [
      await context.step('charge', body('charge')),
      await context.step('ship', body('ship', 2), ONCE),
    ];
    expect(await deliverAll(handler)).toEqual([
      ['charge', 'ship'],
      ['ship failed', 'ship failed'],
    ]);
    expect(bodies).toEqual(['charge', 'ship', 'ship', 'ship']);
    expect((await statuses()).sort()).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
    // The message comes once more, as queues do.
    expect(await deliver(handler)).toEqual(['charge', 'ship']);
    expect(bodies).toHaveLength(4);
  });

  it('the history of each shows what it had, and what it did', async () => {
    const handler = async (context: DurableContext) => {
      await context.step('charge', body('charge'));
      await context.step('ship', body('ship', 1), ONCE);
    };
    await deliverAll(handler);
    const { DurableExecutions } = await open.backend.executions.list();
    for (const { DurableExecutionArn, Status } of DurableExecutions) {
      const { Events } = await open.backend.executions.history(DurableExecutionArn);
      const steps = Events.filter(({ EventType }) => EventType.startsWith('Step'));
      expect(steps.map(({ Name, EventType }) => `${Name} ${EventType}`)).toEqual([
        'charge StepStarted',
        'charge StepSucceeded',
        'ship StepStarted',
        Status === 'FAILED' ? 'ship StepFailed' : 'ship StepSucceeded',
      ]);
    }
  });

  it('plain code that fails after its steps runs again, and they do not', async () => {
    let failures = 2;
    const handler = async (context: DurableContext) => {
      const charged = await context.step('charge', body('charge'));
      if (failures-- > 0) throw new TypeError('bad mood');
      return charged;
    };
    expect(await deliverAll(handler)).toEqual(['charge', ['bad mood', 'bad mood']]);
    expect(bodies).toEqual(['charge']);
  });

  it('a handled failure stays handled: the path behind it is the same', async () => {
    const handler = async (context: DurableContext) => {
      const paid = await context
        .step('card', body('card', 1), ONCE)
        .catch(() => context.step('invoice', body('invoice')));
      return [paid, await context.step('ship', body('ship', 1), ONCE)];
    };
    expect(await deliverAll(handler)).toEqual([['invoice', 'ship'], ['ship failed']]);
    expect(bodies).toEqual(['card', 'invoice', 'ship', 'ship']);
  });

  it('a map goes on with the items that failed', async () => {
    const handler = async (context: DurableContext) => {
      const batch = await context.map('orders', ['a', 'b', 'c'], async (child, item) => {
        await child.step('load', body(`load ${item}`));
        return child.step('save', body(`save ${item}`, item === 'b' ? 2 : 0), ONCE);
      });
      batch.throwIfError();
      return batch.getResults();
    };
    const [answer, errors] = await deliverAll(handler);
    expect(answer).toEqual(['save a', 'save b', 'save c']);
    expect(errors).toHaveLength(2);
    expect([...bodies].sort()).toEqual([
      'load a',
      'load b',
      'load c',
      'save a',
      'save b',
      'save b',
      'save b',
      'save c',
    ]);
  });

  it('a map that tolerates nothing goes on with the items that failed or did not begin', async () => {
    const handler = async (context: DurableContext) => {
      const batch = await context.map(
        'orders',
        ['a', 'b', 'c'],
        (child, item) => child.step('save', body(`save ${item}`, item === 'b' ? 1 : 0), ONCE),
        { maxConcurrency: 1, completionConfig: { toleratedFailureCount: 0 } },
      );
      batch.throwIfError();
      return batch.getResults();
    };
    expect((await deliverAll(handler))[0]).toEqual(['save a', 'save b', 'save c']);
    expect(bodies).toEqual(['save a', 'save b', 'save b', 'save c']);
  });

  it('a map without records of its items goes on with what failed in them', async () => {
    const handler = async (context: DurableContext) => {
      const batch = await context.map(
        ['a', 'b', 'c'],
        async (child, item) => {
          await child.step('load', body(`load ${item}`));
          return child.step('save', body(`save ${item}`, item === 'b' ? 1 : 0), ONCE);
        },
        { nesting: 'FLAT' },
      );
      batch.throwIfError();
      return batch.getResults();
    };
    expect((await deliverAll(handler))[0]).toEqual(['save a', 'save b', 'save c']);
    expect(bodies.filter((name) => name.startsWith('load'))).toHaveLength(3);
    expect(bodies.filter((name) => name.startsWith('save'))).toHaveLength(4);
  });

  it('branches in child contexts go on where each one failed', async () => {
    const handler = (context: DurableContext) =>
      context.runInChildContext('outer', async (outer) => {
        await outer.step('first', body('first'));
        const batch = await outer.parallel('both', [
          (branch) => branch.runInChildContext('inner', (inner) => inner.step('left', body('left', 2), ONCE)),
          (branch) => branch.step('right', body('right', 1), ONCE),
        ]);
        batch.throwIfError();
        return batch.getResults();
      });
    const [answer, errors] = await deliverAll(handler);
    expect(answer).toEqual(['left', 'right']);
    expect(errors).toHaveLength(2);
    expect([...bodies].sort()).toEqual(['first', 'left', 'left', 'left', 'right', 'right']);
  });

  it('an answer that came is not asked for again', async () => {
    const asked: string[] = [];
    const handler = async (context: DurableContext) => {
      const approved = await context.waitForCallback<string>('approval', async (callbackId) => {
        asked.push(callbackId);
        await open.backend.callbacks.succeed(callbackId, 'yes');
      });
      return [approved, await context.step('ship', body('ship', 2), ONCE)];
    };
    expect(await deliverAll(handler)).toEqual([
      ['yes', 'ship'],
      ['ship failed', 'ship failed'],
    ]);
    expect(asked).toHaveLength(1);
  });

  it('a context that was too large to store is built again in the next run, too', async () => {
    const big = 'x'.repeat(300 * 1024);
    const handler = async (context: DurableContext) => {
      const text = await context.runInChildContext('report', async (child) => {
        const part = await child.step('part', body('part'));
        return part + big;
      });
      await context.step('ship', body('ship', 2), ONCE);
      return text.length;
    };
    expect((await deliverAll(handler))[0]).toBe(big.length + 4);
    expect(bodies).toEqual(['part', 'ship', 'ship', 'ship']);
  });

  it('two deliveries at once after a failure run the step that failed once', async () => {
    const handler = async (context: DurableContext) => [
      await context.step('charge', body('charge')),
      await context.step('ship', body('ship', 1), ONCE),
    ];
    await expect(deliver(handler)).rejects.toThrow('ship failed');
    const answers = await Promise.all([deliver(handler), deliver(handler), deliver(handler)]);
    expect(bodies).toEqual(['charge', 'ship', 'ship']);
    // Of the others each gets what holds when it asks: that the run goes on, or its result.
    const results = answers.filter((answer) => Array.isArray(answer));
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) expect(result).toEqual(['charge', 'ship']);
    expect(await deliver(handler)).toEqual(['charge', 'ship']);
    expect((await statuses()).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });
});
