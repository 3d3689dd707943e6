import { describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { createTestRunner, type TestRunnerOptions } from './create-test-runner.ts';

/** Options that kill the first invocation after its n-th checkpoint was recorded, before the handler hears of it. */
function crashAfterCheckpoint(n: number): Pick<TestRunnerOptions, 'onInvocation' | 'wrapClient'> {
  let crash = (_error: Error) => {};
  let left = n;
  return {
    onInvocation: (_call, deliver) =>
      Promise.race([
        deliver(),
        new Promise((_resolve, reject) => {
          crash = reject;
        }),
      ]),
    wrapClient: (client) => ({
      ...client,
      async checkpoint(request) {
        const response = await client.checkpoint(request);
        left -= 1;
        if (left !== 0) return response;
        crash(Object.assign(new Error('killed'), { name: 'Runtime.ExitError' }));
        return new Promise(() => {});
      },
    }),
  };
}

describe('hooks', () => {
  const effects: string[] = [];
  const handler = withDurableExecution(async (_event, context: DurableContext) => {
    await context.step('pay', async () => void effects.push('pay'));
    await context.wait('pause', { seconds: 10 });
    return context.step('confirm', async () => {
      effects.push('confirm');
      return 'confirmed';
    });
  });

  it('can kill a handler after any checkpoint: what was recorded is not done again', async () => {
    for (const checkpoint of [1, 2, 3]) {
      effects.length = 0;
      const run = await createTestRunner<string>({ handler, ...crashAfterCheckpoint(checkpoint) }).run();
      expect(run.result).toBe('confirmed');
      expect(effects).toEqual(['pay', 'confirm']);
      expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
    }
  });

  it('see each invocation, and may deliver it twice or not at all', async () => {
    effects.length = 0;
    const seen: unknown[] = [];
    const run = await createTestRunner<string>({
      handler,
      onInvocation: async (call, deliver) => {
        seen.push([call.number, call.envelope.InvocationCount, call.signal.aborted]);
        if (call.number === 1) throw new Error('lost on the way');
        const first = await deliver();
        // A second delivery of the same envelope finds its token used.
        await deliver().catch((error: Error) => seen.push(error.name));
        return first;
      },
    }).run();
    expect(run.result).toBe('confirmed');
    expect(effects.filter((effect) => effect === 'confirm').length).toBeGreaterThanOrEqual(1);
    expect(seen.slice(0, 2)).toEqual([
      [1, 1, false],
      [2, 2, false],
    ]);
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['CRASHED', 'PENDING', 'SUCCEEDED']);
    expect(run.invocations[0]?.error).toMatchObject({ message: 'lost on the way' });
  });

  it('can fail a request: the invocation is tried again', async () => {
    effects.length = 0;
    let failures = 1;
    const run = await createTestRunner<string>({
      handler,
      wrapClient: (client) => ({
        ...client,
        async checkpoint(request) {
          failures -= 1;
          if (failures >= 0) throw Object.assign(new Error('throttled'), { $metadata: { httpStatusCode: 500 } });
          return client.checkpoint(request);
        },
      }),
    }).run();
    expect(run.result).toBe('confirmed');
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['CRASHED', 'PENDING', 'SUCCEEDED']);
  });

  it('reach the state through the client too', async () => {
    const seen: unknown[] = [];
    const run = await createTestRunner<string>({
      handler,
      wrapClient: (client, { executionArn, envelope }) => ({
        ...client,
        async checkpoint(request) {
          const { CheckpointToken } = envelope;
          if (seen.length === 0) {
            const state = await client.getExecutionState({ DurableExecutionArn: executionArn, CheckpointToken });
            seen.push(...state.Operations.map(({ Type }) => Type));
          }
          return client.checkpoint(request);
        },
      }),
    }).run();
    expect(run.result).toBe('confirmed');
    expect(seen).toEqual(['EXECUTION']);
  });
});
