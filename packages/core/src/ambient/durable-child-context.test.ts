import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type OperationRecord, operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { causeOf, nameOf } from '../../../../test/support/errors.ts';
import type { DurableContext } from '../types.ts';
import { currentDurableContext } from './current-context.ts';
import { type DurableChildContextOptions, durableChildContext } from './durable-child-context.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const idOf = (...parts: unknown[]): string => `x_${sha256(JSON.stringify(parts)).slice(0, 32)}`;

const recordOf = ({ service }: DurableRun, name: string): OperationRecord | undefined =>
  [...service.state.operations.values()].find(({ Name }) => Name === name);

const context = (): DurableContext => currentDurableContext() as DurableContext;

describe('durableChildContext in a durable execution', () => {
  it('is a child context: ambient calls and operations in it are below it', async () => {
    const pack = durableStep(async function pack(id: string) {
      return `parcel ${id}`;
    });
    const fulfil = durableChildContext(async function fulfil(id: string) {
      const parcel = await pack(id);
      await context().wait('pause', SECOND);
      return `${parcel} shipped`;
    });
    const run = new DurableRun(() => fulfil('7'));
    expect(await run.result()).toBe('parcel 7 shipped');
    const Id = idOf('context', null, 'fulfil', sha256('["7"]'), 1);
    expect(recordOf(run, 'fulfil')).toMatchObject({ Id, Type: 'CONTEXT', SubType: 'RunInChildContext' });
    expect(recordOf(run, 'pack')).toMatchObject({ Id: idOf('step', Id, 'pack', sha256('["7"]'), 1), ParentId: Id });
    expect(recordOf(run, 'pause')).toMatchObject({ Id: operationId(`${Id}-1`), ParentId: Id });
  });

  it('that has ended does not run again', async () => {
    let bodies = 0;
    const seen: unknown[] = [];
    const fulfil = durableChildContext(function fulfil() {
      return ++bodies;
    });
    const run = new DurableRun(async (outer) => {
      seen.push(await fulfil(), await fulfil());
      await outer.wait(SECOND);
    });
    await run.finish();
    expect(seen).toEqual([1, 2, 1, 2]);
    expect(bodies).toBe(2);
  });

  it('nests, and keeps this', async () => {
    const inner = durableChildContext(async function inner(this: { name: string }) {
      await context().wait(SECOND);
      return this.name;
    });
    const outer = durableChildContext(async function outer(this: { name: string }) {
      return `${await inner.call(this)} in ${this.name}`;
    });
    const run = new DurableRun(() => outer.call({ name: 'shop' }));
    expect(await run.result()).toBe('shop in shop');
    expect(recordOf(run, 'inner')?.ParentId).toBe(recordOf(run, 'outer')?.Id);
  });

  it('takes the options of a child context', async () => {
    const failures: unknown[] = [];
    const fail = durableChildContext(
      async function fail() {
        throw new RangeError('x');
      },
      { subType: 'Saga' },
    );
    const run = new DurableRun(async (outer) => {
      await fail().catch((error) => failures.push([nameOf(error), nameOf(causeOf(causeOf(error)))]));
      await outer.wait(SECOND);
    });
    await run.finish();
    expect(recordOf(run, 'fail')).toMatchObject({ SubType: 'Saga', Status: 'FAILED' });
    expect(failures).toEqual([
      ['ChildContextError', 'RangeError'],
      ['ChildContextError', 'RangeError'],
    ]);
  });

  it('that is virtual has no record; what is in it is found again', async () => {
    const steps: string[] = [];
    const note = durableStep(async function note(text: string) {
      steps.push(text);
    });
    let bodies = 0;
    const virtual = durableChildContext(
      async function virtual() {
        bodies++;
        await note('a');
        await context().step('counted', async () => steps.push('counted'));
        await context().wait(SECOND);
        await note('a');
        return 'done';
      },
      { virtualContext: true },
    );
    const run = new DurableRun(() => virtual());
    expect(await run.result()).toBe('done');
    expect([bodies, steps]).toEqual([2, ['a', 'counted', 'a']]);
    expect(recordOf(run, 'virtual')).toBeUndefined();
    const Id = idOf('context', null, 'virtual', sha256('[]'), 1);
    expect(recordOf(run, 'counted')).toMatchObject({ Id: operationId(`${Id}-1`) });
    expect(recordOf(run, 'counted')?.ParentId).toBeUndefined();
    expect(recordOf(run, 'note')?.Id).toBe(idOf('step', Id, 'note', sha256('["a"]'), 1));
  });

  it('with a large result is built again from its record', async () => {
    let steps = 0;
    const modes: unknown[] = [];
    const fill = durableStep(async function fill(letter: string) {
      steps++;
      return letter.repeat(150_000);
    });
    const large = durableChildContext(async function large() {
      modes.push(context().isReplaying);
      return [await fill('a'), await fill('b')].join('');
    });
    const lengths: number[] = [];
    const run = new DurableRun(async (outer) => {
      lengths.push((await large()).length);
      await outer.wait(SECOND);
    });
    await run.finish();
    expect([steps, lengths, modes]).toEqual([2, [300_000, 300_000], [false, true]]);
    expect(recordOf(run, 'large')?.ContextDetails?.ReplayChildren).toBe(true);
  });

  it('that is over gains no call: a new one in it stops the execution before its body runs', async () => {
    let fresh = 0;
    const added = durableStep(async function added() {
      fresh++;
    });
    const run = new DurableRun(async (outer, { service }) => {
      await outer.runInChildContext('large', async () => {
        if (service.state.invocationCount > 1) await added();
        return 'x'.repeat(300_000);
      });
      await outer.wait(SECOND);
    });
    await run.invoke();
    run.runtime.skipTo(run.service.nextDue() as number);
    const output = await run.finish();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'NonDeterministicExecutionError' } });
    expect(output.Status === 'FAILED' && output.Error?.ErrorMessage).toContain(
      'was added to a context that has finished',
    );
    expect(fresh).toBe(0);
  });

  it('in the body of a step is a plain call', async () => {
    const inner = durableChildContext(async function inner() {
      return currentDurableContext() === undefined;
    });
    const run = new DurableRun((outer) => outer.step('outer', () => inner()));
    expect(await run.result()).toBe(true);
    expect(recordOf(run, 'inner')).toBeUndefined();
  });

  it('has children whose items find their own ambient calls: map in it, nested and flat', async () => {
    const bodies: number[] = [];
    const double = durableStep(async function double(n: number) {
      bodies.push(n);
      return n * 2;
    });
    const rows = durableChildContext(async function rows(nesting: 'NESTED' | 'FLAT') {
      const body = async (item: DurableContext, n: number): Promise<number[]> => {
        const before = await double(n);
        await item.wait({ seconds: n });
        return [before, await double(n)];
      };
      return (await context().map([3, 1, 2], body, { nesting })).getResults();
    });
    const run = new DurableRun(async () => [await rows('NESTED'), await rows('FLAT')]);
    const results = [
      [6, 6],
      [2, 2],
      [4, 4],
    ];
    expect(await run.result()).toEqual([results, results]);
    expect(bodies.toSorted()).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  });
});

describe('durableChildContext outside of a durable execution', () => {
  it('is a plain call', async () => {
    const fulfil = durableChildContext((n: number) => [n, currentDurableContext()], { name: 'fulfil' });
    expect(await fulfil(7)).toEqual([7, undefined]);
  });

  it('is refused where it is required to be inside', async () => {
    const fulfil = durableChildContext(async () => 1, { name: 'fulfil', required: true });
    await expect(fulfil()).rejects.toThrow('durableChildContext "fulfil": called outside of a durable execution');
  });
});

it.each<[string, unknown, string]>([
  ['a subtype that the wire can not carry', { subType: 'x y' }, 'durableChildContext "f": subType must be 1 to 32'],
  ['virtualContext that is no boolean', { virtualContext: 1 }, 'durableChildContext "f": option virtualContext'],
  ['a key that is no function', { key: 1 }, 'durableChildContext "f": option key must be a function'],
])('durableChildContext refuses %s, when it wraps', (_name, options, message) => {
  expect(() => durableChildContext(function f() {}, options as DurableChildContextOptions<[], void>)).toThrow(message);
});

it('arguments that are no JSON reject that call only', async () => {
  const fulfil = durableChildContext(async (value: unknown) => typeof value, { name: 'fulfil' });
  const run = new DurableRun(async () => [await fulfil(1n).catch((error: Error) => error.message), await fulfil(1)]);
  const [message, next] = (await run.result()) as [string, string];
  expect(message).toMatch(/^durableChildContext "fulfil": its arguments are no JSON/);
  expect(next).toBe('number');
  expect(run.service.sent).toEqual([['CONTEXT:START fulfil', 'CONTEXT:SUCCEED fulfil']]);
});
