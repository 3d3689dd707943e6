import { describe, expect, it } from '@jest/globals';
import { DurableServiceError } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { DurableExecutionClientError } from '../errors.ts';

const MIB = 1024 * 1024;

describe('the event', () => {
  it.each<[string | undefined, unknown]>([
    ['{"order":7}', { order: 7 }],
    ['[1]', [1]],
    ['null', null],
    ['"text"', 'text'],
    ['', {}],
    [undefined, {}],
  ])('11.3 #35: input %j is %j', async (input, expected) => {
    const run = new DurableRun(async (_context, _run, event) => [event], { input });
    // An absent input is not the test run's default.
    if (input === undefined)
      for (const operation of run.service.state.operations.values()) delete operation.ExecutionDetails;
    expect(await run.result()).toEqual([expected]);
  });

  it('that is not JSON fails the execution and names it', async () => {
    const run = new DurableRun(async () => 1, { input: '{' });
    expect((await run.invoke()).output).toMatchObject({
      Status: 'FAILED',
      Error: {
        ErrorType: 'SyntaxError',
        ErrorMessage: expect.stringMatching(/^The input of execution arn:.*\/order-7\/.* is not JSON: /),
      },
    });
  });

  it('is found wherever its record stands', async () => {
    const run = new DurableRun(
      async (context, _run, event) => {
        await context.wait({ seconds: 1 });
        return event;
      },
      { input: '"here"' },
    );
    await run.invoke();
    const [execution, wait] = [...run.service.state.operations];
    run.service.state.operations.clear();
    for (const [id, operation] of [wait, execution] as [string, never][])
      run.service.state.operations.set(id, operation);
    expect(await run.result()).toBe('here');
  });
});

describe('what the handler returns', () => {
  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    [null, 'null'],
    [0, '0'],
    [{ a: undefined }, '{}'],
    [() => 1, undefined],
  ])('%p is answered as %j', async (value, Result) => {
    const { output } = await new DurableRun(async () => value).invoke();
    expect(output).toEqual(Result === undefined ? { Status: 'SUCCEEDED' } : { Status: 'SUCCEEDED', Result });
  });

  it.each<[string, () => unknown, string]>([
    [
      'a BigInt',
      () => 1n,
      "The handler's result: The value can't be stored as JSON: Do not know how to serialize a BigInt",
    ],
    [
      'a circle',
      () => {
        const ring: Record<string, unknown> = {};
        ring.ring = ring;
        return ring;
      },
      "The handler's result: The value can't be stored as JSON: Converting circular structure",
    ],
  ])('%s fails the execution and says why', async (_name, make, message) => {
    const { output } = await new DurableRun(async () => make()).invoke();
    expect(output).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorType: 'TypeError', ErrorMessage: expect.stringContaining(message) },
    });
  });

  it.each<[unknown, object]>([
    [new RangeError('limit'), { ErrorType: 'RangeError', ErrorMessage: 'limit' }],
    ['text', { ErrorMessage: 'text' }],
    [undefined, { ErrorMessage: 'Unknown error' }],
  ])('a rejection with %p is answered as %j', async (thrown, error) => {
    const { output } = await new DurableRun(async () => Promise.reject(thrown)).invoke();
    expect(output).toEqual({ Status: 'FAILED', Error: error });
  });

  it('11.3 #32: an oversized error is cut, and says so', async () => {
    const { output } = await new DurableRun(async () => Promise.reject(new Error('x'.repeat(7 * MIB)))).invoke();
    const size = Buffer.byteLength(JSON.stringify(output));
    expect(size).toBeLessThan(1.1 * MIB);
    expect(JSON.stringify(output)).toContain('[cut: ');
  });

  it('may come without a promise', async () => {
    expect((await new DurableRun((() => 5) as never).invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '5' });
  });

  it('may be an exception thrown at once', async () => {
    const { output } = await new DurableRun((() => {
      throw new TypeError('at once');
    }) as never).invoke();
    expect(output).toEqual({ Status: 'FAILED', Error: { ErrorType: 'TypeError', ErrorMessage: 'at once' } });
  });
});

describe('a large result', () => {
  const limit = 6 * MIB - 50;

  it('of exactly the limit is in the answer', async () => {
    const run = new DurableRun(async () => 'x'.repeat(limit - 2));
    const { output } = await run.invoke();
    expect((output as { Result: string }).Result).toHaveLength(limit);
    expect(run.service.requests).toEqual([]);
  });

  it('above it is checkpointed, after all that is queued', async () => {
    const run = new DurableRun(async (context) => {
      await context.runInChildContext('child', async () => 1);
      return 'é'.repeat(limit / 2);
    });
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '' });
    expect(run.service.state.result).toHaveLength(limit / 2 + 2);
    expect(run.service.sent).toEqual([['CONTEXT:START child', 'CONTEXT:SUCCEED child'], ['EXECUTION:SUCCEED']]);
  });

  it.each([
    [400, 'FAILED'],
    [500, 'CheckpointUnrecoverableInvocationError'],
  ])('11.1 #4: a checkpoint refused with %d does not hang', async (code, end) => {
    const run = new DurableRun(async () => 'x'.repeat(limit));
    run.service.faults.before = () => {
      throw new DurableServiceError('Refused', 'refused', code);
    };
    const answer = await run.invoke().then(
      ({ output }) => output.Status,
      (error) => (error as Error).name,
    );
    expect(answer).toBe(end);
  });
});

describe('the state', () => {
  const manySteps = (count: number, pageSize: number): DurableRun =>
    new DurableRun(
      async (context) => {
        let sum = 0;
        for (let n = 0; n < count; n++) sum += await context.step(async () => n);
        await context.wait({ seconds: 1 });
        return sum;
      },
      { pageSize },
    );

  it('is read page by page, with the token of the envelope', async () => {
    const run = manySteps(20, 5);
    expect(await run.result()).toBe(190);
    expect(run.service.reads.map(({ Marker, MaxItems }) => [Marker, MaxItems])).toEqual([
      ['5', 1000],
      ['10', 1000],
      ['15', 1000],
      ['20', 1000],
    ]);
  });

  it('may have an empty first page', async () => {
    const run = manySteps(3, 5);
    await run.invoke();
    run.runtime.skipTo(run.service.nextDue() as number);
    const envelope = run.service.envelope.bind(run.service);
    run.service.envelope = () => ({ ...envelope(), InitialExecutionState: { Operations: [], NextMarker: '0' } });
    expect((await run.invoke()).output).toEqual({ Status: 'SUCCEEDED', Result: '3' });
  });

  it.each([null, ''])('ends at a marker that is %j', async (NextMarker) => {
    const run = new DurableRun(async () => 'done');
    const envelope = run.service.envelope.bind(run.service);
    run.service.envelope = () => {
      const event = envelope();
      return { ...event, InitialExecutionState: { ...event.InitialExecutionState, NextMarker } };
    };
    expect(await run.result()).toBe('done');
    expect(run.service.reads).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['no answer', new Error('down'), 'down'],
    ['throttling', new DurableServiceError('TooManyRequestsException', 'slow down', 429), 'slow down'],
  ])('%s to a read: the invocation throws what it was', async (_name, error, message) => {
    const run = manySteps(20, 5);
    await run.invoke();
    run.service.faults.read = () => {
      throw error;
    };
    await expect(run.invoke()).rejects.toThrow(message);
  });

  it.each<[string, Error]>([
    [
      '11.3 #30: a read that can never be accepted',
      new DurableServiceError('InvalidParameterValueException', 'no', 400),
    ],
    ['a key that is gone', new DurableServiceError('KMSNotFoundException', 'no', 502)],
    ['a client that says so', new DurableExecutionClientError('no', { scope: 'EXECUTION' })],
  ])('%s: the execution fails with that error, and the handler does not run', async (_name, error) => {
    const run = manySteps(20, 5);
    await run.invoke();
    run.service.faults.read = () => {
      throw error;
    };
    const sent = run.service.requests.length;
    expect((await run.invoke()).output).toEqual({
      Status: 'FAILED',
      Error: { ErrorType: error.name, ErrorMessage: 'no' },
    });
    expect(run.service.requests).toHaveLength(sent);
  });

  it('with operations of a type that this version does not know is no obstacle', async () => {
    const run = new DurableRun((context) => context.step(async () => 1));
    run.service.put('99', { Type: 'HOLOGRAM' as never, Status: 'STARTED' });
    expect(await run.result()).toBe(1);
  });
});
