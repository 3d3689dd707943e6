import { describe, expect, it } from '@jest/globals';
import { caller, callOf, divided, executionsOf, functionOf, startCall } from './calls.ts';
import { PENDING, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { type Handler, type MakeStore, type World, worlds } from './world.ts';

const BILLS = { functions: { bills: {} } };

/** Calls of durable functions: executions of their own, whose end is the end of the call. */
export function describeChainedInvokes(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  /** A world whose `bills` does what `target` does, called by `orders`. */
  const calling = async (target: Handler, options = {}): Promise<World> =>
    make({ ...BILLS, handler: divided(caller(), target), ...options });

  describe('a chained invoke of a durable function', () => {
    it('is an execution of its own, whose result is that of the call', async () => {
      const world = await calling(async (side) => {
        const [execution] = side.envelope.InitialExecutionState.Operations;
        await side.checkpoint(startStep('s'), succeedStep('s'));
        return succeeded(execution?.ExecutionDetails?.InputPayload);
      });
      const arn = await world.start();
      await world.runOut();
      expect(await callOf(world, arn)).toEqual(['SUCCEEDED', { Result: '{"n":1}' }]);
      const [called = ''] = await executionsOf(world, 'bills');
      expect(await world.history(called)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      const { Events } = await world.backend.executions.history(arn);
      expect(Events.map(({ EventType }) => EventType)).toEqual([
        'ExecutionStarted',
        'ChainedInvokeStarted',
        'InvocationCompleted',
        'ChainedInvokeSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      expect(Events[1]).toMatchObject({
        Id: 'call',
        Name: 'the bill',
        ChainedInvokeStartedDetails: {
          FunctionName: 'bills',
          Input: { Payload: '{"n":1}', Truncated: false },
          ExecutedVersion: '$LATEST',
          DurableExecutionArn: called,
        },
      });
      expect(Events[3]?.ChainedInvokeSucceededDetails).toEqual({ Result: { Payload: '{"n":1}', Truncated: false } });
      const functions = world.statusChanges.map(({ detail }) => `${detail.functionArn.split(':')[6]} ${detail.status}`);
      expect(functions).toEqual(['orders RUNNING', 'bills RUNNING', 'bills SUCCEEDED', 'orders SUCCEEDED']);
      expect(world.reports).toEqual([]);
    });

    it.each<[string, Handler, unknown]>([
      ['without a result', async () => succeeded(), ['SUCCEEDED', {}]],
      [
        'with its error, unchanged',
        async () => ({
          Status: 'FAILED',
          Error: { ErrorType: 'Broke', ErrorMessage: 'no money', ErrorData: '7', StackTrace: ['at a'] },
        }),
        ['FAILED', { Error: { ErrorType: 'Broke', ErrorMessage: 'no money', ErrorData: '7', StackTrace: ['at a'] } }],
      ],
      [
        'as timed out, by the time that its function has',
        async (side) => {
          if (side.status('w') === undefined) await side.checkpoint(startWait('w', 1000));
          return PENDING;
        },
        [
          'TIMED_OUT',
          { Error: { ErrorType: 'ChainedInvoke.Timeout', ErrorMessage: 'CHAINED_INVOKE timed out after 60 seconds.' } },
        ],
      ],
      [
        'as failed, when its result is larger than a call may return',
        async () => succeeded('x'.repeat(1024 * 1024 + 1)),
        [
          'FAILED',
          {
            Error: {
              ErrorType: 'InvalidParameterValueException',
              ErrorMessage: 'Execution output payload size must be less than or equal to 1048576 bytes.',
            },
          },
        ],
      ],
    ])('ends %s', async (_, target, outcome) => {
      const world = await calling(target, { functions: { bills: { executionTimeout: 60 } } });
      const arn = await world.start();
      await world.runOut();
      expect(await callOf(world, arn)).toEqual(outcome);
      expect((await world.history(arn))[3]).toBe(
        `ChainedInvoke${{ SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut' }[(outcome as string[])[0] ?? '']}`,
      );
    });

    it('may return a result of exactly the limit', async () => {
      const world = await calling(async () => succeeded('x'.repeat(1024 * 1024)));
      const arn = await world.start();
      await world.runOut();
      expect((await callOf(world, arn))[0]).toBe('SUCCEEDED');
    });

    it('refuses a checkpoint that would end it with a result above the limit', async () => {
      let refusal: unknown;
      const world = await calling(async (side) => {
        const update = {
          Id: 'end',
          Type: 'EXECUTION',
          Action: 'SUCCEED',
          Payload: 'x'.repeat(1024 * 1024 + 1),
        } as const;
        refusal = await side.checkpoint(update).catch((error: unknown) => error);
        return succeeded();
      });
      await world.start();
      await world.runOut();
      expect(refusal).toMatchObject({
        message: 'Execution output payload size must be less than or equal to 1048576 bytes.',
      });
    });

    it('ends as stopped, with the error of who stopped it', async () => {
      const world = await calling(async (side) => {
        await side.checkpoint(startWait('w', 1000));
        return PENDING;
      });
      const arn = await world.start();
      await world.settle();
      const [called = ''] = await executionsOf(world, 'bills');
      await world.backend.executions.stop(called, { ErrorType: 'Cancelled', ErrorMessage: 'by grace' });
      await world.settle();
      expect(await callOf(world, arn)).toEqual([
        'STOPPED',
        { Error: { ErrorType: 'Cancelled', ErrorMessage: 'by grace' } },
      ]);
      expect(await world.history(arn)).toContain('ChainedInvokeStopped');
    });

    it.each([
      ['bills', '$LATEST'],
      ['bills:7', '7'],
      ['bills:production', '$LATEST'],
      ['arn:aws:lambda:us-east-1:000000000000:function:bills:$LATEST', '$LATEST'],
      ['000000000000:function:bills', '$LATEST'],
    ])('is found by the name %s', async (functionName, version) => {
      const world = await make({ ...BILLS, handler: divided(caller({ functionName }), async () => succeeded('1')) });
      const arn = await world.start();
      await world.runOut();
      expect(await callOf(world, arn)).toEqual(['SUCCEEDED', { Result: '1' }]);
      const { Events } = await world.backend.executions.history(arn);
      expect(Events[1]?.ChainedInvokeStartedDetails).toMatchObject({
        FunctionName: functionName,
        ExecutedVersion: version,
      });
      const [called = ''] = await executionsOf(world, 'bills');
      expect(await world.backend.executions.get(called)).toMatchObject({ Version: version });
    });

    it('gets its tenant with every invocation, and hands it on', async () => {
      const tenants: unknown[] = [];
      const world = await make({ functions: { bills: {}, mails: {} } });
      world.handler = async (side, context) => {
        tenants.push(`${functionOf(side)} ${context.tenantId}`);
        if (functionOf(side) === 'orders') return caller({ tenantId: 'blue' })(side, context);
        if (functionOf(side) === 'bills') return caller({ functionName: 'mails' })(side, context);
        return succeeded();
      };
      const arn = await world.start();
      await world.runOut();
      expect(tenants).toEqual(['orders undefined', 'bills blue', 'mails blue', 'bills blue', 'orders undefined']);
      const { Events } = await world.backend.executions.history(arn);
      expect(Events[1]?.ChainedInvokeStartedDetails?.TenantId).toBe('blue');
    });

    it('fails when its name is taken by a stranger', async () => {
      const world = await make(BILLS);
      world.handler = divided(
        async (side, context) => {
          if (side.status('call') === undefined) {
            await side.checkpoint(startCall('call', {}));
            const { Events } = await world.backend.executions.history(side.arn);
            const name = Events[1]?.ChainedInvokeStartedDetails?.DurableExecutionArn?.split('/').at(-2);
            await world.service.start({ functionName: 'bills', name, input: '"mine"' });
          }
          return caller()(side, context);
        },
        async () => succeeded(),
      );
      const arn = await world.start();
      await world.runOut();
      expect(await callOf(world, arn)).toEqual([
        'FAILED',
        {
          Error: {
            ErrorType: 'DurableExecutionAlreadyStartedException',
            ErrorMessage: expect.stringMatching(/^Execution already started: arn:aws:lambda:.*:function:bills:/),
          },
        },
      ]);
    });

    it('may be one of many that start in one checkpoint', async () => {
      const world = await make({ ...BILLS, concurrency: 100 });
      const ids = Array.from({ length: 200 }, (_, index) => `call-${index}`);
      world.handler = divided(
        async (side) => {
          if (side.status('call-0') === undefined)
            await side.checkpoint(...ids.map((id) => startCall(id, { payload: id })));
          return ids.every((id) => side.status(id) === 'SUCCEEDED') ? succeeded('"all"') : PENDING;
        },
        async () => succeeded(),
      );
      const arn = await world.start();
      await world.runOut();
      expect((await world.backend.executions.get(arn)).Result).toBe('"all"');
      expect(await world.store.list({ functionName: 'bills', limit: 1000 })).toHaveLength(200);
    });
  });

  it('a function starts with the time that it was registered with, where its start says nothing else', async () => {
    const world = await make({ functions: { orders: { executionTimeout: 60 } } });
    const [one, other] = [await world.start(), await world.start({ executionTimeout: 90 })];
    const timeouts = await Promise.all(
      [one, other].map(async (arn) => (await world.backend.executions.history(arn)).Events[0]),
    );
    expect(timeouts.map((event) => event?.ExecutionStartedDetails?.ExecutionTimeout)).toEqual([60, 90]);
  });
}
