import { describe, expect, it } from '@jest/globals';
import { ResourceNotFoundException } from '@middy-durable/protocol';
import type { FunctionTarget } from '../src/functions.ts';
import { createService } from '../src/service.ts';
import { type CallOptions, caller, callOf, divided, executionsOf } from './calls.ts';
import { FunctionSide } from './function-side.ts';
import { type MakeStore, type World, worldOn, worlds } from './world.ts';

type Call = NonNullable<FunctionTarget['handler']>;
const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:tax:$LATEST';

/** Calls of ordinary functions: once, with the plain event, and again only when the process that called died. */
export function describeOrdinaryCalls(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const calling = async (handler: Call, options = {}, call: CallOptions = { payload: '{"n":1}' }): Promise<World> =>
    make({
      functions: { tax: { durable: false, handler } },
      handler: divided(caller({ functionName: 'tax', ...call }), async () => {
        throw new Error('an ordinary function was invoked as a durable one');
      }),
      ...options,
    });
  /** Ticks until the function is at work. */
  const until = async (world: World, isCalled: () => boolean): Promise<void> => {
    for (let turns = 0; !isCalled() && turns < 10_000; turns++) {
      await world.service.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** Calls `tax` and returns how that ended. */
  const outcome = async (handler: Call, options?: object, call?: CallOptions) => {
    const world = await calling(handler, options, call);
    const arn = await world.start();
    await world.runOut();
    return callOf(world, arn);
  };

  describe('a chained invoke of an ordinary function', () => {
    it('hands it the plain event, and its answer to the caller', async () => {
      const seen: unknown[] = [];
      const world = await calling(
        async (event, { tenantId, deadline, requestId }) => {
          seen.push([event, tenantId, deadline - world.clock.now(), requestId.length > 0]);
          return { vat: 19 };
        },
        {},
        { payload: '{"n":1}', tenantId: 'blue' },
      );
      const arn = await world.start();
      await world.runOut();
      expect(seen).toEqual([[{ n: 1 }, 'blue', 900_000, true]]);
      expect(await callOf(world, arn)).toEqual(['SUCCEEDED', { Result: '{"vat":19}' }]);
      const { Events } = await world.backend.executions.history(arn);
      expect(Events[1]?.ChainedInvokeStartedDetails).toEqual({
        FunctionName: 'tax',
        TenantId: 'blue',
        Input: { Payload: '{"n":1}', Truncated: false },
        ExecutedVersion: '$LATEST',
      });
      expect(Events.map(({ EventType }) => EventType)).toEqual([
        'ExecutionStarted',
        'ChainedInvokeStarted',
        'InvocationCompleted',
        'ChainedInvokeSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      expect(world.clock.timers).toBe(0);
      expect(await world.store.nextDue()).toBeUndefined();
    });

    it('is no execution: not listed, not announced, not found by an ARN', async () => {
      const world = await calling(() => 1);
      const arn = await world.start();
      await world.runOut();
      expect(await executionsOf(world, 'tax')).toEqual([]);
      const all = await world.store.list({ limit: 100 });
      expect(all.map(({ functionName }) => functionName)).toEqual(['orders']);
      expect(world.statusChanges.map(({ detail }) => detail.durableExecutionArn)).toEqual([arn, arn]);
      const { calledRun } = await import('../src/chained-invoke.ts');
      const { runId, name } = calledRun(arn.split('/').at(-1) ?? '', 'call');
      expect(await world.store.head(runId)).toMatchObject({ status: 'SUCCEEDED', ordinary: true });
      const guessed = `${FUNCTION}/durable-execution/${name}/${runId}`;
      const { executions } = world.backend;
      const questions = [executions.get, executions.history, executions.stop];
      for (const ask of questions) {
        await expect(ask(guessed)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
      }
      await expect(executions.start({ functionName: 'tax' })).rejects.toThrow(/Function 'tax' is not durable/);
    });

    it.each<[string, Call, unknown]>([
      ['nothing', () => undefined, ['SUCCEEDED', { Result: 'null' }]],
      ['a text', () => 'paid', ['SUCCEEDED', { Result: '"paid"' }]],
      [
        'more than a call may return',
        () => 'x'.repeat(1024 * 1024 - 1),
        [
          'FAILED',
          {
            Error: { ErrorMessage: 'CHAINED_INVOKE output payload size must be less than or equal to 1048576 bytes.' },
          },
        ],
      ],
      [
        'what is no JSON',
        () => 1n,
        ['FAILED', { Error: { ErrorType: 'Runtime.MarshalError', ErrorMessage: expect.stringContaining('not JSON') } }],
      ],
    ])('that returns %s', async (_, handler, expected) => {
      expect(await outcome(handler)).toEqual(expected);
    });

    it('takes an answer of exactly the limit', async () => {
      expect((await outcome(() => 'x'.repeat(1024 * 1024 - 2)))[0]).toBe('SUCCEEDED');
    });

    it.each<[string, () => unknown, unknown]>([
      [
        'an Error',
        () => new RangeError('no rate'),
        { ErrorType: 'RangeError', ErrorMessage: 'no rate', StackTrace: expect.any(Array) },
      ],
      [
        'its own timeout',
        () => ({ errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 3.00 seconds' }),
        { ErrorType: 'Sandbox.Timedout', ErrorMessage: 'Task timed out after 3.00 seconds' },
      ],
      [
        'a refusal of the API',
        () => new ResourceNotFoundException('Function not found: tax'),
        { ErrorType: 'ResourceNotFoundException', ErrorMessage: 'Function not found: tax' },
      ],
    ])('that fails with %s is not called again', async (_, makeError, expected) => {
      let calls = 0;
      const result = await outcome(() => {
        calls += 1;
        throw makeError();
      });
      expect(result).toEqual(['FAILED', { Error: expected }]);
      expect(calls).toBe(1);
    });

    it('that never answers times out', async () => {
      let called = false;
      let aborted = false;
      const world = await calling(
        (_event, { signal }) => {
          called = true;
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return new Promise(() => {});
        },
        { leaseSeconds: 60 },
      );
      const arn = await world.start();
      await until(world, () => called);
      world.clock.advance(60_999);
      expect(aborted).toBe(false);
      world.clock.advance(1);
      await world.runOut();
      expect(await callOf(world, arn)).toEqual([
        'TIMED_OUT',
        { Error: { ErrorType: 'ChainedInvoke.Timeout', ErrorMessage: 'CHAINED_INVOKE timed out after 60 seconds.' } },
      ]);
      expect(aborted).toBe(true);
    });

    it('that finds out by itself that its time is over may still say so', async () => {
      let called = false;
      const world: World = await calling(
        (_event, { deadline }) =>
          new Promise((_, reject) => {
            called = true;
            world.clock.schedule(
              () => reject({ errorType: 'Sandbox.Timedout', errorMessage: 'late' }),
              deadline - world.clock.now(),
            );
          }),
        { leaseSeconds: 60 },
      );
      const arn = await world.start();
      await until(world, () => called);
      world.clock.advance(60_000);
      await world.runOut();
      expect(await callOf(world, arn)).toEqual([
        'FAILED',
        { Error: { ErrorType: 'Sandbox.Timedout', ErrorMessage: 'late' } },
      ]);
    });

    it('gets an empty object where the caller sends nothing', async () => {
      expect(await outcome((event) => event, {}, { payload: undefined })).toEqual(['SUCCEEDED', { Result: '{}' }]);
    });

    it('is not called with what is no JSON', async () => {
      let calls = 0;
      const result = await outcome(() => ++calls, {}, { payload: 'plain text' });
      expect(result).toEqual([
        'FAILED',
        {
          Error: {
            ErrorType: 'InvalidRequestContentException',
            ErrorMessage: expect.stringMatching(/^Could not parse request body into json: /),
          },
        },
      ]);
      expect(calls).toBe(0);
    });

    it('goes through `invoke` where it has no handler', async () => {
      const world = await make();
      const calls: unknown[] = [];
      const service = createService({
        backend: world.backend,
        functions: { tax: { durable: false } },
        async invoke(name, event, context) {
          if (name === 'orders') return world.handler(new FunctionSide(world.backend.client, event), context);
          calls.push([name, event]);
          return 'through invoke';
        },
      });
      world.handler = caller({ functionName: 'tax', payload: '[1]' });
      const arn = await world.start();
      for (let turns = 0; turns < 4; turns++) {
        await service.tick();
        await service.idle();
      }
      expect(calls).toEqual([['tax', [1]]]);
      expect(await callOf(world, arn)).toEqual(['SUCCEEDED', { Result: '"through invoke"' }]);
    });

    it('is called again when the service was closed in its middle', async () => {
      let calls = 0;
      const world = await calling((_event, { signal }) => {
        calls += 1;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      });
      const arn = await world.start();
      await until(world, () => calls === 1);
      await world.service.close();
      const restarted = worldOn(world.store, world.clock, {
        functions: { tax: { durable: false, handler: () => ++calls } },
        handler: world.handler,
      });
      await restarted.runOut();
      expect(await callOf(restarted, arn)).toEqual(['SUCCEEDED', { Result: '2' }]);
    });

    it('ends with its one call also where executions have little time', async () => {
      const result = await outcome((_event, { deadline }) => deadline, { executionTimeout: 100_000, leaseSeconds: 60 });
      expect(result[0]).toBe('SUCCEEDED');
    });
  });
}
