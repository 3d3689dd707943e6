import * as sdk from '@aws/durable-execution-sdk-js';
import {
  CallbackTimeoutError,
  ChildContextError,
  createClassSerdes,
  createRetryStrategy,
  createWaitStrategy,
  type DurableContext,
  DurableExecutionInvocationInputWithClient,
  InvokeError,
  JitterStrategy,
  NestingType,
  StepError,
  StepSemantics,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import {
  ExecutionStatus,
  LocalDurableTestRunner,
  OperationStatus,
  OperationType,
  WaitingOperationStatus,
} from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

/** A suite as users of the official SDK write it. It runs as it is, and with the SDK's name mapped to this project's engine. */
const engine = 'durableStep' in sdk ? 'mapped' : 'as it is';

class Money {
  cents = 0;
  get euros(): number {
    return this.cents / 100;
  }
}

const quiet = (): void => {};
const silent = { error: quiet, warn: quiet, info: quiet, debug: quiet };

function runnerOf<Result>(handler: (event: any, context: DurableContext) => Promise<Result>) {
  return new LocalDurableTestRunner<Result>({
    handlerFunction: withDurableExecution(async (event, context) => {
      context.configureLogger({ customLogger: silent });
      return handler(event, context);
    }),
  });
}

// The runner needs real time here and there, and has a thread of its own: much of it on a machine at work.
jest.setTimeout(30_000);
beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

describe(`an official-style suite, ${engine}`, () => {
  it('a step with a retry strategy and at-most-once semantics', async () => {
    const runner = runnerOf(async (_event, context) =>
      context.step(
        'charge',
        async ({ attempt }) => {
          if (attempt < 3) throw new Error('declined');
          return attempt;
        },
        {
          semantics: StepSemantics.AtMostOncePerRetry,
          retryStrategy: createRetryStrategy({ maxAttempts: 3, jitter: JitterStrategy.NONE }),
        },
      ),
    );
    const result = await runner.run();
    expect(result.getStatus()).toBe(ExecutionStatus.SUCCEEDED);
    expect(result.getResult()).toBe(3);
    const charge = runner.getOperation('charge');
    expect(charge.getType()).toBe(OperationType.STEP);
    expect(charge.getStatus()).toBe(OperationStatus.SUCCEEDED);
    expect(charge.getStepDetails()?.attempt).toBe(3);
  });

  it('a step that fails: the classes of errors, and the error of the execution', async () => {
    const seen: boolean[] = [];
    const runner = runnerOf(async (_event, context) => {
      try {
        await context.runInChildContext('order', (child) =>
          child.step('charge', async () => Promise.reject(new RangeError('no funds')), {
            retryStrategy: createRetryStrategy({ maxAttempts: 1 }),
          }),
        );
      } catch (error) {
        seen.push(error instanceof ChildContextError, (error as Error).cause instanceof StepError);
        throw error;
      }
    });
    const result = await runner.run();
    expect(result.getStatus()).toBe(ExecutionStatus.FAILED);
    expect(result.getError()).toMatchObject({ errorType: 'ChildContextError', errorMessage: 'no funds' });
    expect(seen).toEqual([true, true]);
  });

  it('a callback that is answered, and one that is not', async () => {
    const runner = runnerOf(async (_event, context) => {
      const answer = await context.waitForCallback('approval', async () => {}, { timeout: { hours: 1 } });
      const late = await context
        .waitForCallback('second', async () => {}, { timeout: { seconds: 1 } })
        .catch((error: unknown) => error instanceof CallbackTimeoutError);
      return [answer, late];
    });
    const running = runner.run();
    const approval = await runner.getOperation('approval').waitForData(WaitingOperationStatus.SUBMITTED);
    await approval.sendCallbackSuccess('yes');
    expect((await running).getResult()).toEqual(['yes', true]);
  });

  it('map, parallel and a wait', async () => {
    const runner = runnerOf(async (event: { rows: number[] }, context) => {
      const rows = await context.map('rows', event.rows, async (child, row) => child.step(async () => row * 2), {
        nesting: NestingType.FLAT,
        maxConcurrency: 2,
      });
      await context.wait('cool-down', { days: 30 });
      const both = await context.parallel('both', [
        async (child: DurableContext) => child.step('a', async () => 'a'),
        { name: 'b', func: async (child: DurableContext) => child.step('b', async () => 'b') },
      ]);
      return [rows.getResults(), both.getResults()];
    });
    const result = await runner.run({ payload: { rows: [1, 2, 3] } });
    expect(result.getResult()).toEqual([
      [2, 4, 6],
      ['a', 'b'],
    ]);
    expect(runner.getOperation('cool-down').getWaitDetails()?.waitSeconds).toBe(30 * 86_400);
    expect(runner.getOperation('both').getChildOperations()).toHaveLength(2);
    expect(result.getOperations({ status: OperationStatus.FAILED })).toEqual([]);
  });

  it('a condition, a class and invoked functions', async () => {
    const runner = runnerOf(async (_event, context) => {
      const polls = await context.waitForCondition('job', async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: createWaitStrategy({ shouldContinuePolling: (state) => state < 3 }),
      });
      const price = await context.step('price', async () => Object.assign(new Money(), { cents: polls * 100 }), {
        serdes: createClassSerdes(Money),
      });
      const quote = await context.invoke<object, { total: number }>('quote', 'quotes', { euros: price.euros });
      const failed = await context
        .invoke('closed', 'closed', {})
        .catch((error: unknown) => error instanceof InvokeError);
      return { total: quote.total, failed };
    })
      .registerDurableFunction(
        'quotes',
        withDurableExecution(async (event: { euros: number }, context) =>
          context.step('sum', async () => ({ total: event.euros + 1 })),
        ),
      )
      .registerFunction('closed', async () => Promise.reject(new Error('closed')));
    expect((await runner.run()).getResult()).toEqual({ total: 4, failed: true });
  });

  it('the runner is of the same mind about what an event is', () => {
    const envelope = { DurableExecutionArn: 'arn', CheckpointToken: 't', InitialExecutionState: { Operations: [] } };
    const event = new DurableExecutionInvocationInputWithClient(envelope as never, {} as never);
    expect(DurableExecutionInvocationInputWithClient.isInstance(event)).toBe(true);
  });
});
