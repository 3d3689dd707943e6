import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DurableFunction } from './durable-function.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

const NAMES = ['one', 'two', 'three'];

describe('a warm environment', () => {
  let fn: DurableFunction;
  afterEach(() => fn.close());

  function approve(callbackId: string, answer: string): Promise<void> {
    return fn.backend.callbacks.succeed(callbackId, answer);
  }

  it('takes several executions in turn, each with its own record, and ends by itself after the last answer', async () => {
    fn = await DurableFunction.deploy('approval.handler');
    const waiting: { name: string; arn: string; callbackId: string }[] = [];
    for (const name of NAMES) {
      const arn = await fn.start({ name });
      waiting.push({ name, arn, callbackId: await fn.suspendedOn(arn) });
    }
    for (const { name, arn, callbackId } of waiting.toReversed()) {
      await approve(callbackId, `yes, ${name}`);
      expect(await fn.result(arn)).toBe(`${name}: yes, ${name}`);
    }
    expect(fn.effects).toEqual([
      ...NAMES.map((name) => `ask for ${name}`),
      ...NAMES.toReversed().map((name) => `ship ${name}`),
    ]);
    expect(fn.lambda.environments).toHaveLength(1);
    expect(fn.lambda.newest.openResources).toEqual([[], [], [], [], [], []]);
    expect(await fn.lambda.newest.dismiss()).toEqual({ code: 0, signal: null });
  });

  it('sleeps through a wait and goes on when it is over', async () => {
    fn = await DurableFunction.deploy('approval.patient');
    const arn = await fn.start({});
    await fn.result(arn);
    expect(fn.effects).toEqual(['before', 'after']);
    expect(await fn.invocations(arn)).toEqual(['answered', 'answered']);
    expect(fn.lambda.environments).toHaveLength(1);
    expect(fn.lambda.newest.openResources).toEqual([[], []]);
  });

  it('of a managed instance runs several executions at once in one process', async () => {
    fn = await DurableFunction.deploy('approval.together', { concurrency: NAMES.length });
    const arns = await Promise.all(NAMES.map((name) => fn.start({ name, together: NAMES.length })));
    const ids = await Promise.all(arns.map((arn) => fn.suspendedOn(arn)));
    expect(fn.effects.filter((line) => line.startsWith('meet')).sort()).toEqual(NAMES.map((n) => `meet ${n}`).sort());
    await Promise.all(ids.map((id, index) => approve(id, `yes, ${NAMES[index]}`)));
    const results = await Promise.all(arns.map((arn) => fn.result(arn)));
    expect(results).toEqual(NAMES.map((name) => `${name}: yes, ${name}`));
    expect(fn.effects).toHaveLength(2 * NAMES.length);
    expect(fn.lambda.environments).toHaveLength(1);
    expect(fn.log).toBe('');
  });

  it('of a managed instance dies with all that runs in it, and each execution goes on', async () => {
    fn = await DurableFunction.deploy('approval.together', { concurrency: NAMES.length });
    // The starts of two steps are on record, and both wait for a third.
    const arns = await Promise.all(['one', 'two'].map((name) => fn.start({ name, together: 3 })));
    await fn.sent(2);
    fn.lambda.newest.kill();
    arns.push(await fn.start({ name: 'three', together: 3 }));
    for (const [index, arn] of arns.entries()) {
      await approve(await fn.suspendedOn(arn), 'yes');
      expect(await fn.result(arn)).toBe(`${NAMES[index]}: yes`);
    }
    expect(fn.effects.filter((line) => line.startsWith('meet'))).toHaveLength(3);
    expect(await fn.invocations(arns[0] as string)).toEqual(['Runtime.ExitError', 'answered', 'answered']);
    expect(fn.lambda.environments).toHaveLength(2);
  });
});
