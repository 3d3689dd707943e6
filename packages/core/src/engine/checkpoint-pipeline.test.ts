import { describe, expect, it } from '@jest/globals';
import { DurableServiceError, staleToken } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { DurableExecutionClientError } from '../errors.ts';

const KIB = 1024;
const steps: RunHandler = async (context) => {
  await context.step('a', async () => 1);
  return context.step('b', async () => 2);
};

describe('requests', () => {
  it('chain their tokens and have a ClientToken each, in every invocation', async () => {
    const run = new DurableRun(async (context) => {
      await context.step(async () => 1);
      await context.wait({ seconds: 1 });
      await context.step(async () => 2);
    });
    await run.finish();
    const { requests } = run.service;
    expect(requests).toHaveLength(3);
    for (const member of ['CheckpointToken', 'ClientToken'] as const) {
      expect(new Set(requests.map((request) => request[member])).size).toBe(3);
    }
  });

  it('two deliveries of one envelope have ClientTokens of their own', async () => {
    const run = new DurableRun((context) => context.step(async () => 1));
    await run.killAt(1, 'before');
    await run.finish();
    expect(new Set(run.service.requests.map(({ ClientToken }) => ClientToken)).size).toBe(2);
  });

  it('hold at most 250 updates, in the order in which they were made', async () => {
    const run = new DurableRun((context) =>
      Promise.all(Array.from({ length: 300 }, (_, n) => context.step(`s${n}`, async () => n))),
    );
    await run.finish();
    const sizes = run.service.sent.map((updates) => updates.length);
    expect(sizes).toEqual([250, 250, 100]);
    const order = run.service.sent.flat();
    for (let n = 0; n < 300; n++) {
      expect(order.indexOf(`STEP:START s${n}`)).toBeLessThan(order.indexOf(`STEP:SUCCEED s${n}`));
    }
    expect(order.slice(0, 300)).toEqual(Array.from({ length: 300 }, (_, n) => `STEP:START s${n}`));
  });

  it('hold at most 750 KiB', async () => {
    const run = new DurableRun((context) =>
      Promise.all(Array.from({ length: 10 }, (_, n) => context.step(`s${n}`, async () => 'é'.repeat(100 * KIB)))),
    );
    await run.finish();
    expect(run.service.requests.length).toBeGreaterThan(3);
    for (const { Updates } of run.service.requests) {
      expect(Buffer.byteLength(JSON.stringify(Updates))).toBeLessThanOrEqual(750 * KIB);
    }
  });

  it.each(['"', '\\', '\u0001', '\ud800'])('count the bytes of JSON text: %j', async (char) => {
    const run = new DurableRun((context) =>
      Promise.all(Array.from({ length: 4 }, (_, n) => context.step(`s${n}`, async () => char.repeat(50_000)))),
    );
    await run.finish();
    for (const { Updates = [] } of run.service.requests) {
      if (Updates.length > 1) expect(Buffer.byteLength(JSON.stringify(Updates))).toBeLessThanOrEqual(750 * KIB);
    }
  });

  it('keep to the limits of the client', async () => {
    const run = new DurableRun((context) =>
      Promise.all(Array.from({ length: 10 }, (_, n) => context.step(async () => n))),
    );
    Object.assign(run.service.client, { limits: { maxUpdates: 4, maxBytes: 1_000_000 } });
    await run.finish();
    expect(run.service.sent.map((updates) => updates.length)).toEqual([4, 4, 4, 4, 4]);
  });

  it('of a slow backend go one after the other, and collect what comes meanwhile', async () => {
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([0, 1, 2, 3].map((n) => runtime.sleep(n * 10).then(() => context.step(`s${n}`, async () => n)))),
    );
    run.service.faults.before = () => run.runtime.compute(100);
    await run.invoke();
    expect(run.service.sent).toEqual([
      ['STEP:START s0', 'STEP:SUCCEED s0'],
      ['STEP:START s1', 'STEP:SUCCEED s1', 'STEP:START s2', 'STEP:SUCCEED s2', 'STEP:START s3', 'STEP:SUCCEED s3'],
    ]);
  });

  it('11.1 #10: an answer in pages is read to its end, with the new token', async () => {
    const run = new DurableRun(async (context) => (await context.createCallback('a')).callbackId.length > 0);
    run.service.faults.after = (response) => ({
      ...response,
      NewExecutionState: { Operations: [], NextMarker: '0' },
    });
    expect(await run.result()).toBe(true);
    expect(run.service.reads).toEqual([
      expect.objectContaining({ Marker: '0', CheckpointToken: expect.not.stringMatching('dG9rZW4tMQ==') }),
    ]);
  });
});

describe('a request that fails', () => {
  const status = (name: string, code: number): Error => new DurableServiceError(name, 'refused', code);

  it.each<[string, unknown]>([
    ['a stale token', staleToken()],
    [
      'a stale token of an emulator',
      Object.assign(new Error('Invalid Checkpoint Token'), {
        name: 'InvalidParameterValueException',
        $metadata: { httpStatusCode: 400 },
      }),
    ],
    ['throttling', status('TooManyRequestsException', 429)],
    ['a failing service', status('ServiceException', 500)],
    ['no answer', new Error('socket hang up')],
    ['expired credentials', status('ExpiredTokenException', 403)],
    ['a client that says so', new DurableExecutionClientError('table is gone')],
    ['what is no error', 'odd'],
  ])('%s: the invocation throws and is tried again', async (_name, error) => {
    let ran = 0;
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1).catch(() => ran++);
      ran++;
    });
    run.service.faults.before = () => {
      throw error;
    };
    await expect(run.invoke()).rejects.toMatchObject({
      name: 'CheckpointUnrecoverableInvocationError',
      message: expect.stringMatching(/^\[Unrecoverable Invocation\] Checkpoint failed: /),
    });
    expect(ran).toBe(0);
    expect(run.runtime.engineTimers).toBe(0);
    run.service.faults = {};
    expect((await run.invoke()).output.Status).toBe('SUCCEEDED');
  });

  it.each<[string, unknown]>([
    ['a request that can never be accepted', status('InvalidParameterValueException', 400)],
    ['a denied permission', status('AccessDeniedException', 403)],
    ['a key that is gone', status('KMSDisabledException', 502)],
    ['a client that says so', new DurableExecutionClientError('table is gone', { scope: 'EXECUTION' })],
  ])('%s: the execution fails', async (_name, error) => {
    let ran = 0;
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1).catch(() => ran++);
      ran++;
    });
    run.service.faults.before = () => {
      throw error;
    };
    const { output } = await run.invoke();
    expect(output).toMatchObject({
      Status: 'FAILED',
      Error: {
        ErrorType: 'CheckpointUnrecoverableExecutionError',
        ErrorMessage: expect.stringMatching(/^\[Unrecoverable Execution\] Checkpoint failed: /),
      },
    });
    expect(ran).toBe(0);
  });

  it.each<[string, RunHandler]>([['an answer that was lost', (context) => context.step('pay', async () => 1)]])(
    '%s: the next invocation finds what was applied',
    async (_name, handler) => {
      const run = new DurableRun(handler);
      run.service.faults.after = () => {
        throw new Error('socket hang up');
      };
      await expect(run.invoke()).rejects.toThrow('socket hang up');
      run.service.faults = {};
      const sent = run.service.requests.length;
      expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '1' });
      expect(run.service.requests).toHaveLength(sent);
    },
  );

  it('while a step runs: ends the invocation, and the step’s result goes nowhere', async () => {
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([context.step('slow', () => runtime.sleep(60_000)), context.wait({ hours: 1 })]),
    );
    run.service.faults.before = () => {
      throw new Error('down');
    };
    const began = run.runtime.now();
    await expect(run.invoke()).rejects.toThrow('down');
    expect(run.runtime.now()).toBe(began);
    await run.runtime.pass(100_000);
    expect(run.service.requests).toHaveLength(1);
  });

  it.each([
    ['of the execution', status('InvalidParameterValueException', 400)],
    ['of the invocation', status('ServiceException', 500)],
  ])('11.1 #5: after the handler has returned, an end %s is no success', async (_name, error) => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async () => 1);
      return 'done';
    });
    run.service.faults.before = () => {
      throw error;
    };
    const answer = await run.invoke().then(
      ({ output }) => output.Status,
      (thrown) => (thrown as Error).name,
    );
    expect(answer).toBe(error.name === 'ServiceException' ? 'CheckpointUnrecoverableInvocationError' : 'FAILED');
  });

  it('after the handler has failed: the handler’s error is the answer when the execution fails anyway', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async () => 1);
      throw new RangeError('mine');
    });
    run.service.faults.before = () => {
      throw status('InvalidParameterValueException', 400);
    };
    expect((await run.invoke()).output).toEqual({
      Status: 'FAILED',
      Error: { ErrorType: 'RangeError', ErrorMessage: 'mine' },
    });
  });

  it('a page of the answer that can not be read ends the invocation', async () => {
    const run = new DurableRun(steps);
    run.service.faults.after = (response) => ({ ...response, NewExecutionState: { NextMarker: '0' } });
    run.service.faults.read = () => {
      throw new Error('down');
    };
    await expect(run.invoke()).rejects.toThrow('Checkpoint failed: down');
  });
});

describe('an answer without a token: the backend takes no more', () => {
  it('ends the invocation as PENDING and sends nothing more', async () => {
    let ran = 0;
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1);
      ran++;
      await context.step('b', async () => ran++);
    });
    run.service.faults.after = (response) => {
      run.service.stop();
      return { NewExecutionState: response.NewExecutionState };
    };
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    expect(ran).toBe(0);
    expect(run.service.requests).toHaveLength(1);
  });

  it('while more is queued: nothing hangs', async () => {
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([context.step('a', async () => 1), runtime.sleep(5).then(() => context.step('b', async () => 2))]),
    );
    run.service.faults.after = async (response) => {
      await run.runtime.compute(50);
      run.service.stop();
      return { NewExecutionState: response.NewExecutionState };
    };
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    expect(run.service.requests).toHaveLength(1);
  });

  it('after the handler has returned a small result: PENDING', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext(async () => 1);
      return 'done';
    });
    run.service.faults.after = (response) => {
      run.service.stop();
      return { NewExecutionState: response.NewExecutionState };
    };
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
  });

  it('after the handler has returned a large result, in an earlier request: PENDING, nothing hangs', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      void context.step('left', () => runtime.sleep(100_000));
      await runtime.sleep(11);
      return 'x'.repeat(7 * KIB * KIB);
    });
    run.service.faults.after = async (response) => {
      await run.runtime.compute(50);
      run.service.stop();
      return { NewExecutionState: response.NewExecutionState };
    };
    expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
    expect(run.service.sent).toEqual([['STEP:START left']]);
  });
});
