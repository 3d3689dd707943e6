import { describe, expect, it } from '@jest/globals';
import { PENDING, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { answered, begin, deliver, failed, lambdaContext, message, pendingAnswer } from './ordinary-invocations.ts';
import { type MakeStore, worldOn, worlds } from './world.ts';

const NOWHERE = 'arn:aws:lambda:us-east-1:000000000000:function';
const HERE = 'arn:aws:lambda:eu-west-1:123456789012:function';

/** An ordinary event starts a run that is executed in the very invocation that got it. */
export function describeOrdinaryEvents(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('open', () => {
    it('lets an envelope pass', async () => {
      const world = await make();
      const { envelope } = await world.invoked();
      expect(await world.backend.open(envelope, {})).toEqual({ run: envelope });
    });

    it('starts a run with one call of the store, which every loop leaves alone while it is executed', async () => {
      const world = await make();
      const side = await begin(world, { event: { n: 7 } });
      expect([...world.store.calls]).toEqual([['create', 1]]);
      expect(side.envelope).toMatchObject({
        InvocationCount: 1,
        UpdatedOperationIds: [],
        InitialExecutionState: { Operations: [{ Type: 'EXECUTION', ExecutionDetails: { InputPayload: '{"n":7}' } }] },
      });
      await world.settle();
      expect(world.envelopes).toHaveLength(0);
      expect(await world.status(side.arn)).toBe('RUNNING');
    });

    it('costs one append for a checkpoint, and one for the end', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint(startStep('s'));
      await side.close(succeeded());
      expect([...world.store.calls]).toEqual([
        ['create', 1],
        ['append', 2],
      ]);
    });

    it('makes an execution like any other', async () => {
      const world = await make();
      const side = await begin(world, { requestId: 'request-1' });
      await side.checkpoint(startStep('s'), succeedStep('s', '1'));
      expect(await side.close(succeeded('{"total":7}'))).toEqual({ total: 7 });
      expect(await world.history(side.arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      const { Events } = await world.backend.executions.history(side.arn);
      expect(Events[3]?.InvocationCompletedDetails?.RequestId).toBe('request-1');
      expect(await world.backend.executions.get(side.arn)).toMatchObject({
        Status: 'SUCCEEDED',
        Result: '{"total":7}',
        FunctionArn: expect.stringMatching(/:function:orders:\$LATEST$/),
      });
      expect((await world.backend.executions.list({ functionName: 'orders' })).DurableExecutions).toHaveLength(1);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    });

    it.each([
      ['by what its source says', message(), 'request-1', /^[a-zA-Z0-9-_]{1,64}$/],
      ['by the Lambda request', { n: 7 }, 'request-1', /^request-1$/],
      ['by the hash of a request id that does not fit', { n: 7 }, 'a:b', /^[0-9a-f]{64}$/],
      ['by chance where nothing is known', { n: 7 }, '', /^[0-9a-f-]{36}$/],
    ])('names the execution %s', async (_, event, requestId, name) => {
      const world = await make();
      const { arn } = await begin(world, { event, requestId });
      expect((await world.backend.executions.get(arn)).DurableExecutionName).toMatch(name);
    });

    it('gives each event without a name and a request an execution of its own', async () => {
      const world = await make();
      const [one, other] = [
        await begin(world, { event: 1, requestId: '' }),
        await begin(world, { event: 1, requestId: '' }),
      ];
      expect(one.arn).not.toBe(other.arn);
    });

    it.each([
      [{ functionName: 'bills', functionVersion: '7' }, `${NOWHERE}:bills:7`],
      [{ invokedFunctionArn: `${HERE}:bills:8` }, `${HERE}:bills:8`],
      [{ functionVersion: '9', invokedFunctionArn: `${HERE}:bills:live` }, `${HERE}:bills:9`],
      [{ invokedFunctionArn: `${HERE}:bills` }, `${HERE}:bills:$LATEST`],
      [{ invokedFunctionArn: 'function:bills' }, `${NOWHERE}:bills:$LATEST`],
      [{ invokedFunctionArn: 'arn:aws:lambda:on a laptop:123456789012:function:bills' }, `${NOWHERE}:bills:$LATEST`],
      [undefined, `${NOWHERE}:function:$LATEST`],
      [{ functionName: 7, getRemainingTimeInMillis: 'soon' }, `${NOWHERE}:function:$LATEST`],
      [{ getRemainingTimeInMillis: () => Number.NaN }, `${NOWHERE}:function:$LATEST`],
    ])('knows the function from its context %#', async (context, functionArn) => {
      const world = await make();
      const opened = await world.backend.open({ n: 7 }, context);
      const arn = 'run' in opened ? opened.run.DurableExecutionArn : '';
      expect(arn.split('/')[0]).toBe(functionArn);
    });

    it('takes the options’ word for where the function lives', async () => {
      const world = await make({ functionArn: { region: 'eu-north-1', account: undefined } });
      const opened = await world.backend.open({ n: 7 }, { invokedFunctionArn: `${HERE}:bills:8` });
      const arn = 'run' in opened ? opened.run.DurableExecutionArn : '';
      expect(arn.split('/')[0]).toBe('arn:aws:lambda:eu-north-1:123456789012:function:bills:8');
    });

    it('knows the function from the environment', async () => {
      const world = await make();
      process.env.AWS_LAMBDA_FUNCTION_NAME = 'bills';
      try {
        const opened = await world.backend.open({ n: 7 }, {});
        expect('run' in opened && opened.run.DurableExecutionArn).toMatch(/:function:bills:\$LATEST\//);
      } finally {
        delete process.env.AWS_LAMBDA_FUNCTION_NAME;
      }
    });

    it.each([
      [{ mode: 'dry' }, /mode must be 'durable' or 'observe', not "dry"/],
      [{ executionTimeout: 0 }, /executionTimeout must be a whole number from 1 to 31622400, not 0/],
      [{ executionName: () => 7 }, /executionName/],
      [{ fingerprint: () => 7n }, /fingerprint/],
      [
        {
          input: () => {
            throw new Error('no input');
          },
        },
        /no input/,
      ],
    ])('refuses the options %# before anything is stored', async (options, message) => {
      const world = await make();
      await expect(deliver(world, { options: options as never })).rejects.toThrow(message);
      expect(world.store.calls.size).toBe(0);
    });

    it('refuses a function whose name no execution can have', async () => {
      const world = await make();
      await expect(world.backend.open({}, { functionName: 'my.orders' })).rejects.toThrow(/does not fit the ARN/);
    });

    it('leaves the run to the loop when the time of its invocation is over', async () => {
      const world = await make();
      const side = await begin(world, { remainingMs: 10_000 });
      await side.checkpoint(startStep('s'), succeedStep('s', '1'));
      const now = world.clock.now();
      const dueAt = (await world.store.nextDue()) ?? 0;
      expect(dueAt - now).toBeGreaterThanOrEqual(10_000);
      expect(dueAt - now).toBeLessThanOrEqual(15_000);
      world.handler = async (next) => succeeded(next.operations.get('s')?.StepDetails?.Result);
      await world.runOut();
      expect(await world.backend.executions.get(side.arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '1' });
    });

    it('counts with 15 minutes where nothing says how long the invocation may take', async () => {
      const world = await make();
      await world.backend.open({ n: 7 }, {});
      expect(((await world.store.nextDue()) ?? 0) - world.clock.now()).toBeGreaterThanOrEqual(900_000);
    });

    it('takes the execution timeout of the options, else the function’s, else the backend’s', async () => {
      const world = await make({ executionTimeout: 60, functions: { orders: { executionTimeout: 30 } } });
      const deadline = async (options?: { executionTimeout: number }): Promise<unknown> => {
        const { arn } = await begin(world, { event: { n: 7 }, ...(options && { options }) });
        return (await world.backend.executions.history(arn)).Events[0]?.ExecutionStartedDetails?.ExecutionTimeout;
      };
      expect([await deadline({ executionTimeout: 5 }), await deadline()]).toEqual([5, 30]);
      const opened = await world.backend.open({ n: 8 }, { functionName: 'bills' });
      const { Events } = await world.backend.executions.history('run' in opened ? opened.run.DurableExecutionArn : '');
      expect(Events[0]?.ExecutionStartedDetails?.ExecutionTimeout).toBe(60);
    });

    it('whose create was applied but not answered has made one run', async () => {
      const world = await make();
      world.store.fail('create', 'lost');
      const side = await begin(world);
      await side.checkpoint(startStep('s'));
      await side.close(succeeded());
      expect(await world.store.list({ limit: 9 })).toHaveLength(1);
      expect(world.statusChanges).toHaveLength(2);
    });

    it('that the store refuses twice is a 500, and may be tried again', async () => {
      const world = await make();
      world.store.fail('create', 'fails', 2);
      await expect(deliver(world)).rejects.toMatchObject({ name: 'ServiceException' });
      await begin(world);
    });

    it('works without logs in memory', async () => {
      const world = await make({ cachedRuns: 0 });
      const side = await begin(world);
      await side.checkpoint(startStep('s'), succeedStep('s'));
      expect(await side.close(succeeded('1'))).toBe(1);
    });
  });

  describe('close', () => {
    it.each([
      [undefined, undefined],
      ['', undefined],
      ['null', null],
      ['{"__proto__":{"polluted":true}}', JSON.parse('{"__proto__":{"polluted":true}}')],
      ['text of a format of its own', 'text of a format of its own'],
    ])('resolves to the result %j', async (result, value) => {
      const world = await make();
      expect(await (await begin(world)).close(succeeded(result))).toEqual(value);
      expect(await answered(world)).toEqual(value);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    it('gives the very value and the very error of the handler', async () => {
      const world = await make();
      const value = { when: new Date() };
      expect(await (await begin(world)).close(succeeded('{}'), { value })).toBe(value);
      const error = new RangeError('too many');
      const other = await begin(world, { event: message('eight', 'message-8') });
      await expect(other.close(failed('too many'), { error })).rejects.toBe(error);
    });

    it('rejects with the stored error of a failed run', async () => {
      const world = await make();
      const closed = (await begin(world)).close(failed('no stock'));
      await expect(closed).rejects.toMatchObject({
        name: 'OrderError',
        message: 'no stock',
        stack: 'OrderError: no stock\n    at order.ts:1',
      });
    });

    it('says how a run ended that stored no error', async () => {
      const world = await make();
      const side = await begin(world);
      await expect(side.close({ Status: 'FAILED' })).rejects.toMatchObject({
        name: 'Error',
        message: `The execution ${side.arn} failed.`,
      });
    });

    it('answers a failed run with what a middleware made of its error, now and when the event comes again', async () => {
      const world = await make();
      const options = { onRedelivery: 'stored' } as const;
      const value = { statusCode: 409 };
      const side = await begin(world, { options });
      expect(await side.close(failed('no stock'), { value })).toBe(value);
      expect(await world.backend.executions.get(side.arn)).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorMessage: 'no stock' },
      });
      expect(await answered(world, { options })).toEqual(value);
      const restarted = worldOn(world.store, world.clock);
      expect(await answered(restarted, { options })).toEqual(value);
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'InvocationCompleted', 'ExecutionFailed']);
    });

    it.each([
      ['nothing', undefined, undefined],
      ['null', null, null],
    ])('keeps the answer %s, too', async (_, value, again) => {
      const world = await make();
      const options = { onRedelivery: 'stored' } as const;
      await (await begin(world, { options })).close(failed('no stock'), { value });
      expect(await answered(world, { options })).toBe(again);
    });

    it('gives an answer that can’t be kept to its own caller only', async () => {
      const world = await make();
      const options = { onRedelivery: 'stored' } as const;
      const value = { count: 7n };
      expect(await (await begin(world, { options })).close(failed('no stock'), { value })).toBe(value);
      await expect(deliver(world, { options })).rejects.toThrow('no stock');
    });

    it('answers a suspended run with the pending response, and the loop goes on with it', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint(startWait('w', 60));
      expect(await side.close(PENDING)).toEqual(pendingAnswer(side.arn));
      world.handler = async (next) => succeeded(`"${next.status('w')}"`);
      const start = world.clock.now();
      await world.runOut();
      expect(world.clock.now() - start).toBe(60_000);
      expect(await answered(world)).toBe('SUCCEEDED');
      expect(world.envelopes[0]).toMatchObject({ InvocationCount: 2, UpdatedOperationIds: ['w'] });
    });

    it('asks pendingResponse, and hands on that it fails', async () => {
      const world = await make();
      const side = await begin(world, {
        options: {
          pendingResponse: ({ executionName, status }) => ({ statusCode: 202, status, named: executionName !== '' }),
        },
      });
      await side.checkpoint(startWait('w', 60));
      expect(await side.close(PENDING)).toEqual({ statusCode: 202, status: 'RUNNING', named: true });
      const asked = answered(world, {
        options: {
          pendingResponse: () => {
            throw new TypeError('no response');
          },
        },
      });
      await expect(asked).rejects.toThrow(new TypeError('no response'));
    });

    it('refuses PENDING where nothing would move the run', async () => {
      const world = await make();
      const closed = (await begin(world)).close(PENDING);
      await expect(closed).rejects.toThrow('Cannot return PENDING status with no pending operations.');
    });

    it('takes a result that was too large for an answer from the checkpoint that brought it', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint({ Id: 'r', Type: 'EXECUTION', Action: 'SUCCEED', Payload: '{"large":true}' });
      expect(await side.close(succeeded(''))).toEqual({ large: true });
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'ExecutionSucceeded', 'InvocationCompleted']);
    });

    it('refuses a result that is too large', async () => {
      const world = await make();
      const closed = (await begin(world)).close(succeeded('x'.repeat(6 * 1024 * 1024 + 1)), { value: 'large' });
      await expect(closed).rejects.toThrow(/Execution output payload size must be less than/);
    });

    it.each(['fails', 'lost'] as const)('records the outcome once, also when its append %s', async (kind) => {
      const world = await make();
      const side = await begin(world);
      world.store.fail('append', kind);
      expect(await side.close(succeeded('1'))).toBe(1);
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
      expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    });

    it('leaves the run to the loop when the store never takes the outcome', async () => {
      const world = await make();
      const side = await begin(world);
      world.store.fail('append', 'fails', 3);
      await expect(side.close(succeeded('1'))).rejects.toMatchObject({ name: 'ServiceException' });
      world.handler = async () => succeeded('2');
      await world.runOut();
      expect(await answered(world)).toBe(2);
    });

    it('tells that the run was stopped meanwhile', async () => {
      const world = await make();
      const other = worldOn(world.store, world.clock);
      const side = await begin(world);
      await other.backend.executions.stop(side.arn, { ErrorType: 'Enough', ErrorMessage: 'by hand' });
      const closed = side.close(succeeded('1'), { value: 1 });
      await expect(closed).rejects.toMatchObject({ name: 'Enough', message: 'by hand' });
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'ExecutionStopped', 'InvocationCompleted']);
    });

    it('tells that the run timed out meanwhile', async () => {
      const world = await make();
      const side = await begin(world, { options: { executionTimeout: 5 } });
      world.clock.jump(5000);
      await expect(side.close(succeeded('1'))).rejects.toThrow('Execution timed out after 5 seconds.');
      expect(await world.status(side.arn)).toBe('TIMED_OUT');
    });
  });

  describe('abandon', () => {
    it('lets the loop try again soon, by the retry policy', async () => {
      const world = await make();
      const side = await begin(world);
      await side.checkpoint(startStep('s'), succeedStep('s', '1'));
      await side.inline.abandon(new Error('The store is away.'));
      world.handler = async (next) => succeeded(next.operations.get('s')?.StepDetails?.Result);
      const start = world.clock.now();
      await world.runOut();
      expect(world.clock.now() - start).toBeLessThanOrEqual(1000);
      expect(await answered(world)).toBe(1);
      const { Events } = await world.backend.executions.history(side.arn);
      const [first] = Events.flatMap(({ InvocationCompletedDetails: details }) => details ?? []);
      expect(first?.Error?.Payload).toMatchObject({ ErrorMessage: 'The store is away.' });
    });

    it('says nothing for an invocation that is not the current one, and never rejects', async () => {
      const world = await make();
      const side = await begin(world);
      await side.close(succeeded('1'));
      await side.inline.abandon(new Error('late'));
      expect(await world.history(side.arn)).toHaveLength(3);
      const other = await begin(world, { event: message('eight', 'message-8') });
      world.store.fail('append', 'fails', 9);
      await other.inline.abandon(new Error('lost'));
      expect(await world.history(other.arn)).toEqual(['ExecutionStarted']);
    });

    it('ends no run because of the class of an error', async () => {
      const world = await make();
      const side = await begin(world);
      const failure = await world.backend.executions.get(`${side.arn}0`).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'ResourceNotFoundException' });
      await side.inline.abandon(failure);
      expect(await world.status(side.arn)).toBe('RUNNING');
    });
  });

  it('stays what it was for executions that are started from outside', async () => {
    const world = await make();
    const arn = await world.start({ name: 'request-1', input: '{"n":7}' });
    await expect(world.backend.open({ n: 7 }, lambdaContext('request-1'))).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
      message: expect.stringContaining(`Execution already started: ${arn}. The name is taken`),
    });
  });
}
