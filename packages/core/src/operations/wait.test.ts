import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';

const NEVER_RAN = { Type: 'WAIT', SubType: 'Wait' } as const;

describe('wait', () => {
  it('records its length in seconds and resolves to undefined when it is over', async () => {
    const run = new DurableRun(async (context) => [await context.wait('pause', { hours: 1, minutes: 30 })]);
    const began = run.runtime.now();
    expect(await run.result()).toEqual([null]);
    expect(run.runtime.now() - began).toBe(5_400_000);
    expect(run.service.updates).toEqual([
      {
        Id: operationId('1'),
        Type: 'WAIT',
        SubType: 'Wait',
        Name: 'pause',
        Action: 'START',
        WaitOptions: { WaitSeconds: 5400 },
      },
    ]);
  });

  it.each(['name first', 'undefined first'])('takes a name or not: %s', async (form) => {
    const run = new DurableRun((context) => context.wait(form === 'name first' ? 'n' : undefined, { seconds: 1 }));
    await run.finish();
    expect(run.service.operation('1')?.Name).toBe(form === 'name first' ? 'n' : undefined);
  });

  it.each([
    { seconds: 0 },
    { seconds: -1 },
    { seconds: 1.5 },
    { days: 367 },
    { seconds: Number.NaN },
    {},
    null,
    5,
    '5s',
  ])('rejects %j before anything is sent', async (duration) => {
    const run = new DurableRun(async (context) => {
      const message = await context.wait('pause', duration as never).then(
        () => 'no error',
        (error) => (error as Error).message,
      );
      await context.step(async () => 1);
      return message;
    });
    expect(await run.result()).toMatch(/^wait "pause": bad duration/);
    expect(run.service.operation('1')?.Type).toBe('STEP');
  });

  it('that started in an earlier invocation is not started again', async () => {
    const run = new DurableRun((context) => context.wait({ hours: 1 }));
    await run.invoke();
    await run.invoke();
    expect(run.service.sent).toEqual([['WAIT:START']]);
  });

  it('begins although nobody awaits it; two run beside each other', async () => {
    const run = new DurableRun((context) => Promise.all([context.wait({ hours: 1 }), context.wait({ hours: 2 })]));
    const began = run.runtime.now();
    await run.finish();
    expect(run.runtime.now() - began).toBe(7_200_000);
    expect(run.service.sent).toEqual([['WAIT:START', 'WAIT:START']]);
  });

  it.each(['CANCELLED', 'STOPPED', 'TIMED_OUT', 'FAILED'] as const)('%s on record: it is over', async (Status) => {
    const run = new DurableRun(async (context) => {
      await context.wait({ seconds: 1 });
      return 'on';
    });
    run.service.put('1', { ...NEVER_RAN, Status });
    expect(await run.result()).toBe('on');
  });

  it('is noticed at its end while a step keeps the invocation alive: one empty request', async () => {
    const moments: number[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const began = runtime.now();
      await Promise.all([
        context.step('slow', () => runtime.sleep(60_000)),
        context.wait({ seconds: 5 }).then(() => moments.push(runtime.now() - began)),
      ]);
    });
    await run.invoke();
    expect(moments).toEqual([5000]);
    expect(run.service.sent).toEqual([['STEP:START slow', 'WAIT:START'], [], ['STEP:SUCCEED slow']]);
  });

  it('asks again when the backend’s clock is behind', async () => {
    const moments: number[] = [];
    const run = new DurableRun((context, { runtime }) =>
      Promise.all([context.step(() => runtime.sleep(60_000)), context.wait({ seconds: 5 })]),
    );
    run.service.lag = 2500;
    const began = run.runtime.now();
    run.service.faults.before = ({ Updates }) => {
      if (Updates?.length === 0) moments.push(run.runtime.now() - began);
    };
    expect((await run.invoke()).output.Status).toBe('SUCCEEDED');
    expect(moments).toEqual([2500, 3500, 5500]);
  });

  it('that nobody awaits asks nothing', async () => {
    const run = new DurableRun(async (context, { runtime }) => {
      void context.wait({ seconds: 5 });
      await context.step('slow', () => runtime.sleep(60_000));
    });
    await run.invoke();
    expect(run.service.sent).toEqual([['WAIT:START', 'STEP:START slow'], ['STEP:SUCCEED slow']]);
  });

  it('that ends after the deadline is not asked for', async () => {
    const run = new DurableRun(
      (context, { runtime }) => Promise.all([context.step(() => runtime.sleep(8000)), context.wait({ seconds: 10 })]),
      { invocationMs: 10_500 },
    );
    await run.invoke();
    expect(run.service.sent.filter((updates) => updates.length === 0)).toEqual([]);
  });
});
