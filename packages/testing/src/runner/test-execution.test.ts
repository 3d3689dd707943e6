import { describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { createTestRunner } from './create-test-runner.ts';

const jsonSerdes = { deserialize: async (text: string | undefined) => text && JSON.parse(text) };

/** Two approvals one after the other, the first one with a deadline. */
const approvals = withDurableExecution(async (_event, context) => {
  const first = await context.waitForCallback('first', async () => {}, { timeout: { days: 3 } });
  await context.wait('between', { days: 30 });
  const second = await context.waitForCallback('second', async () => {});
  return [first, second];
});

describe('callbacks', () => {
  it('are found by the name of their waitForCallback and completed with raw text', async () => {
    const runner = createTestRunner<string[]>({ handler: approvals });
    const execution = await runner.start();
    const first = await execution.callback('first');
    expect(first.name).toBe('first');
    await first.succeed('"yes"');
    const second = await execution.callback('second');
    expect(runner.now()).toEqual(new Date('2026-01-31T00:00:00.000Z'));
    await second.succeed();
    expect(await execution.result()).toEqual(['"yes"', null]);
    expect(execution.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'PENDING', 'PENDING', 'SUCCEEDED']);
  });

  it('are found by their own name, or as the only one there is', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const [result] = await context.createCallback('payment', { serdes: jsonSerdes });
      return result;
    });
    const runner = createTestRunner({ handler });
    for (const name of ['payment', undefined]) {
      const execution = await runner.start();
      const callback = await execution.callback(name);
      expect(callback.name).toBe('payment');
      await callback.succeedJson({ paid: 10 });
      expect(await execution.result()).toEqual({ paid: 10 });
    }
  });

  it('hand their id to the submitter before the test sees them', async () => {
    const mails: string[] = [];
    const resources = new Map<string, number>();
    const handler = withDurableExecution(async (_event, context) =>
      context.waitForCallback('approval', async (callbackId) => {
        resources.set('TCPSocketWrap', 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        resources.clear();
        mails.push(callbackId);
      }),
    );
    const runner = createTestRunner({ handler, grace: 0, activeResources: () => resources });
    const { callbackId } = await (await runner.start()).callback('approval');
    expect(mails).toEqual([callbackId]);
  });

  it('fail with what the outside says', async () => {
    const handler = withDurableExecution(async (_event, context: DurableContext) => {
      const seen: unknown[] = [];
      for (const name of ['one', 'two', 'three']) {
        try {
          await context.waitForCallback(name, async () => {});
        } catch (error) {
          seen.push([(error as Error).name, (error as Error).message]);
        }
      }
      return seen;
    });
    const execution = await createTestRunner({ handler }).start();
    await (await execution.callback('one')).fail(new TypeError('wrong form'));
    await (await execution.callback('two')).fail({ ErrorMessage: 'refused', ErrorType: 'Refusal' });
    await (await execution.callback('three')).fail();
    const run = await execution.run();
    expect(run.result).toEqual([
      ['CallbackExternalError', 'wrong form'],
      ['CallbackExternalError', 'refused'],
      ['CallbackExternalError', expect.any(String)],
    ]);
    const failures = run.history().flatMap(({ CallbackFailedDetails }) => CallbackFailedDetails?.Error.Payload ?? []);
    expect(failures[0]).toMatchObject({ ErrorType: 'TypeError', StackTrace: expect.any(Array) });
    expect(failures[1]).toEqual({ ErrorMessage: 'refused', ErrorType: 'Refusal' });
  });

  it('time out when the test lets their time pass', async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.waitForCallback('approval', async () => {}, { timeout: { minutes: 3 } }),
    );
    const run = await createTestRunner({ handler }).run();
    expect(run.error?.ErrorType).toBe('CallbackTimeoutError');
    expect(run.operation('approval').status).toBe('FAILED');
    expect(run.operation(1)).toMatchObject({ name: 'approval', type: 'CALLBACK', status: 'TIMED_OUT' });
    expect(run.endedAt).toEqual(new Date('2026-01-01T00:03:00.000Z'));
  });

  it('live as long as their heartbeats come', async () => {
    const handler = withDurableExecution(async (_event, context) =>
      context.waitForCallback('job', async () => {}, { heartbeatTimeout: { minutes: 1 } }),
    );
    const execution = await createTestRunner({ handler }).start();
    const job = await execution.callback('job');
    await execution.advance({ seconds: 50 });
    await job.heartbeat();
    await execution.advance({ seconds: 50 });
    expect((await execution.look()).status).toBe('RUNNING');
    await execution.advance({ seconds: 10 });
    expect((await execution.look()).error?.ErrorMessage).toContain('heartbeat');
    await expect(job.heartbeat()).rejects.toThrow(/callback "job" of execution .*already completed/);
  });

  it('of one name are told apart', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const votes = ['a', 'b', 'c'].map(async () => (await context.createCallback('vote'))[0]);
      return Promise.all(votes);
    });
    const execution = await createTestRunner<string[]>({ handler }).start();
    await (await execution.callback('vote', 1)).succeed('second');
    await (await execution.callback('vote')).succeed('first');
    await (await execution.callback('vote')).succeed('third');
    expect(await execution.result()).toEqual(['first', 'second', 'third']);
  });

  it('that are completed are not offered again, though the execution has not heard of it', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      await context.createCallback('vote');
      await context.createCallback('vote');
      await context.step('hangs', () => new Promise(() => {}));
    });
    const execution = await createTestRunner({ handler, grace: 0 }).start();
    const one = await execution.callback('vote');
    await one.succeed();
    const other = await execution.callback('vote');
    expect(other.callbackId).not.toBe(one.callbackId);
    await other.succeed();
    await execution.stop();
  });

  it('are completed once', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    const first = await execution.callback('first');
    await first.succeed('a');
    for (const again of [first.succeed('b'), first.succeedJson('b'), first.fail()]) {
      await expect(again).rejects.toMatchObject({
        name: 'CallbackTimeoutException',
        message: expect.stringMatching(/callback "first" of execution .* already completed/),
      });
    }
  });

  it('take only what can be recorded', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    const first = await execution.callback('first');
    await expect(first.succeed({ approved: true } as never)).rejects.toThrow('takes text, not object. Use succeedJson');
    await expect(first.succeedJson(undefined)).rejects.toThrow("undefined can't be written as JSON");
    await expect(first.succeed('x'.repeat(2 ** 20 + 1))).rejects.toThrow('CALLBACK payload');
    await first.succeed('a');
    expect((await execution.callback('second')).name).toBe('second');
  });
});

describe('what an execution waits for', () => {
  it('is told by the run, and by the error of a result that there is not', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const [free] = await context.createCallback();
      return Promise.all([free, context.waitForCallback('approval', async () => {})]);
    });
    const execution = await createTestRunner({ handler }).start();
    const run = await execution.run();
    expect(run.status).toBe('RUNNING');
    expect(run.endedAt).toBeUndefined();
    expect(run.open).toEqual([expect.stringMatching(/^callback \w+ \(unnamed\)$/), 'callback "approval"']);
    expect(() => run.result).toThrow(/is RUNNING and waits for callback .* and callback "approval"\. Nothing else/);
    await expect(execution.result()).rejects.toMatchObject({
      name: 'ExecutionRunningError',
      message: expect.stringContaining('execution.callback(name)'),
    });
  });

  it('does not include what the outside has given and the execution has not heard of', async () => {
    const execution = await createTestRunner<string[]>({ handler: approvals }).start();
    await (await execution.callback('first')).succeed('a');
    const run = await execution.run();
    expect(run.open).toEqual(['callback "second"']);
  });

  it('shows timers with their moment', async () => {
    const handler = withDurableExecution(async (_event, context) => context.wait('pause', { hours: 2 }));
    const execution = await createTestRunner({ handler }).start();
    await execution.advance({ hours: 1 });
    expect((await execution.look()).open).toEqual(['wait "pause" (until 2026-01-01T02:00:00.000Z)']);
  });

  it('is named when a callback is asked for that never comes', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    await (await execution.callback('first')).succeed('a');
    await expect(execution.callback('third')).rejects.toThrow(
      /has no open callback "third"\. Its callbacks: "first" \(SUCCEEDED\) and "second" \(STARTED\)\. .*waits for callback "second"/,
    );
    await expect(execution.callback('second', 1)).rejects.toThrow('no open callback "second" number 1 (from 0)');
    await execution.stop({ ErrorMessage: 'enough' });
    await expect(execution.callback()).rejects.toThrow(/"second" \(STARTED\)\. It is STOPPED: enough\.$/);
  });
});

describe('advance', () => {
  it('moves time exactly that far and runs what falls due', async () => {
    const runner = createTestRunner<string[]>({ handler: approvals });
    const execution = await runner.start();
    await execution.advance({ days: 1, hours: 1 });
    expect(runner.now()).toEqual(new Date('2026-01-02T01:00:00.000Z'));
    await (await execution.callback('first')).succeed('a');
    await execution.advance({ days: 29 });
    expect((await execution.look()).operation('between').status).toBe('STARTED');
    await execution.advance({ days: 1 });
    expect((await execution.look()).operation('between').status).toBe('SUCCEEDED');
    expect(runner.now()).toEqual(new Date('2026-02-01T01:00:00.000Z'));
  });

  it('by nothing runs what is due now', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    expect((await execution.look()).operations()).toEqual([]);
    await execution.advance({ milliseconds: 0 });
    expect((await execution.look()).open).toEqual(['callback "first"']);
  });

  it('passes the end of an execution that nobody limited', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    await (await execution.callback('first')).succeed('a');
    await execution.advance({ days: 367 });
    expect((await execution.look()).status).toBe('TIMED_OUT');
  });

  it('refuses what is no length of time', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    await expect(execution.advance({})).rejects.toThrow('advance: pass days');
    await expect(execution.advance({ days: -1 })).rejects.toThrow('advance: days is -1');
  });
});

describe('stop', () => {
  it('ends the execution with its error', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    await execution.callback('first');
    await execution.stop({ ErrorType: 'Cancelled', ErrorMessage: 'by the customer' });
    const run = await execution.run();
    expect(run.status).toBe('STOPPED');
    expect(run.error).toEqual({ ErrorType: 'Cancelled', ErrorMessage: 'by the customer' });
    await expect(execution.result()).rejects.toThrow('is STOPPED and has no result: Cancelled: by the customer');
    await execution.stop();
    expect((await execution.look()).error?.ErrorType).toBe('Cancelled');
  });

  it('does not wait for a step that never ends', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      const [result] = await context.createCallback('open');
      await context.step('hangs', () => new Promise(() => {}));
      return result;
    });
    const execution = await createTestRunner({ handler }).start();
    await execution.callback('open');
    await execution.stop();
    expect((await execution.run()).status).toBe('STOPPED');
  });
});

describe('history', () => {
  it('has the shape of the wire', async () => {
    const handler = withDurableExecution(async (_event, context) => {
      await context.step('one', async () => 1);
      await context.wait('pause', { seconds: 10 });
    });
    const run = await createTestRunner({ handler }).run({ id: 7 });
    const history = run.history();
    expect(history.map(({ EventId, EventType, Name }) => [EventId, EventType, Name])).toEqual([
      [1, 'ExecutionStarted', run.name],
      [2, 'StepStarted', 'one'],
      [3, 'StepSucceeded', 'one'],
      [4, 'WaitStarted', 'pause'],
      [5, 'InvocationCompleted', undefined],
      [6, 'WaitSucceeded', 'pause'],
      [7, 'InvocationCompleted', undefined],
      [8, 'ExecutionSucceeded', run.name],
    ]);
    expect(history[0]).toMatchObject({
      EventTimestamp: new Date('2026-01-01T00:00:00.000Z'),
      ExecutionStartedDetails: { Input: { Payload: '{"id":7}' } },
    });
    expect(run.operation('pause').events).toEqual([history[3], history[5]]);
  });

  it('of a look does not change afterwards', async () => {
    const execution = await createTestRunner<string[]>({ handler: approvals }).start();
    const first = await execution.callback('first');
    const before = await execution.look();
    const events = before.history().length;
    await first.succeed('a');
    await execution.callback('second');
    expect(before.history()).toHaveLength(events);
    expect(before.operation('first').status).toBe('STARTED');
    expect((await execution.look()).history().length).toBeGreaterThan(events);
  });
});

describe('the result of an operation', () => {
  it('is text, and JSON where it is', async () => {
    const execution = await createTestRunner({ handler: approvals }).start();
    await (await execution.callback('first')).succeed('plain words');
    const run = await execution.run();
    expect(run.operation(1).resultText).toBe('plain words');
    expect(() => run.operation(1).json()).toThrow('The result of callback "first" is no JSON: use resultText.');
    expect(run.operation('between').json()).toBeUndefined();
    expect(run.operation('between').attempts).toBe(0);
    expect(run.operation('first').subType).toBe('WaitForCallback');
  });
});
