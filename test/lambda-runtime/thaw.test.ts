import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DurableFunction } from './durable-function.ts';
import type { Request } from './task/handlers/left-behind.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

/** Middy ends a request just before. Long enough for a process that has just started on a busy machine. */
const TIMEOUT_MS = 3000;
const ENDINGS = ['return', 'throw', 'step'] as const;

/** An environment that was thawed for another request while three were left behind in it. */
interface Thawed {
  fn: DurableFunction;
  arns: string[];
  /** What the requests had done by then, each with its own lines. */
  effects: string[];
  /** Checkpoints of the three, when they were suspended and after the thaw. */
  checkpoints: [number, number];
  visitor: unknown;
}

async function thaw(form: string): Promise<Thawed> {
  const fn = await DurableFunction.deploy(`left-behind.${form}`, { timeoutMs: TIMEOUT_MS });
  functions.push(fn);
  const arns: string[] = [];
  const ids: string[] = [];
  for (const then of ENDINGS) {
    const arn = await fn.start({ name: then, then } satisfies Request);
    arns.push(arn);
    ids.push(await fn.suspendedOn(arn));
  }
  const count = (): number => fn.checkpoints.filter(({ DurableExecutionArn: arn }) => arns.includes(arn)).length;
  const before = count();
  // Every timer of the three is overdue then, middy's too.
  await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS));
  const visitor = await fn.result(await fn.start({ name: 'visitor', until: ENDINGS.length } satisfies Request));
  const { effects } = fn;
  const checkpoints: [number, number] = [before, count()];
  for (const [index, id] of ids.entries()) {
    await fn.backend.callbacks.succeed(id, 'approved');
    await fn.ended(arns[index] as string);
  }
  return { fn, arns, effects, checkpoints, visitor };
}

const FORMS = [
  ['withDurableExecution(handler)', 'plain', false],
  ['withDurableExecution(middy 4)', 'aroundMiddy4', true],
  ['withDurableExecution(middy 5)', 'aroundMiddy5', true],
  ['withDurableExecution(middy 6)', 'aroundMiddy6', true],
  ['withDurableExecution(middy 7)', 'aroundMiddy7', true],
  ['durableExecution()', 'executionMode', true],
] as const;

const functions: DurableFunction[] = [];
const all = new Map<string, Promise<Thawed>>();
beforeAll(() => {
  // All at once: most of it is waiting.
  for (const [, form] of FORMS) all.set(form, thaw(form));
});
afterAll(async () => {
  await Promise.allSettled(all.values());
  await Promise.all(functions.map((fn) => fn.close()));
});

describe.each(FORMS)('%s: requests that a suspension left behind, after a thaw', (_name, form, hooks) => {
  let thawed: Thawed;

  const linesOf = (name: string, lines: string[]): string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));

  beforeAll(async () => {
    thawed = (await all.get(form)) as Thawed;
  });

  it('all run in one process', () => {
    expect(thawed.fn.lambda.environments).toHaveLength(1);
  });

  it.each(ENDINGS)('run no hook and no durable operation when user code goes on by itself: %s', (then) => {
    const begun = ['begins', 'aborted', 'goes on'];
    expect(linesOf(then, thawed.effects)).toEqual(hooks ? ['before', ...begun] : begun);
  });

  it('send nothing', () => {
    const [suspended, afterwards] = thawed.checkpoints;
    expect(suspended).toBeGreaterThan(0);
    expect(afterwards).toBe(suspended);
  });

  it('do not disturb the request for which the environment was thawed', async () => {
    expect(thawed.visitor).toBe('done');
    expect(linesOf('visitor', thawed.effects)).toEqual(hooks ? ['before', 'begins', 'after'] : ['begins']);
  });

  it('leave no timer behind but the one of user code, so middy never answers early', () => {
    expect(thawed.fn.lambda.newest.openResources[0]).toEqual(['Timeout']);
    expect(linesOf('middy', thawed.fn.effects)).toEqual([]);
  });

  it.each(ENDINGS.map((then, index) => [then, index] as const))('go on with their record: %s', async (then, index) => {
    const { fn, arns, effects } = thawed;
    expect(await fn.result(arns[index] as string)).toBe('approved');
    const resumed = linesOf(then, fn.effects.slice(effects.length));
    expect(resumed.filter((line) => line !== 'aborted')).toEqual(hooks ? ['before', 'after'] : []);
    expect(await fn.invocations(arns[index] as string)).toEqual(['answered', 'answered']);
  });
});
