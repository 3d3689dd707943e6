import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import type { BatchResult } from '../batch/types.ts';
import type { DurableContext } from '../types.ts';
import { currentDurableContext } from './current-context.ts';
import { durableBranch } from './durable-branch.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };

describe('durableBranch', () => {
  it.each(['NESTED', 'FLAT'] as const)(
    'makes branches of a parallel, %s: ambient calls belong to them',
    async (nesting) => {
      const asked: string[] = [];
      const ask = durableStep(async function ask(question: string) {
        asked.push(question);
        return `${question}: yes`;
      });
      const checkStock = durableBranch(async function checkStock(order: { id: string }) {
        const before = await ask(`stock of ${order.id}`);
        await (currentDurableContext() as DurableContext).wait({ seconds: 2 });
        return [before, await ask('again')];
      });
      const checkCredit = durableBranch(async function checkCredit(order: { id: string }) {
        await (currentDurableContext() as DurableContext).wait(SECOND);
        return [await ask(`credit of ${order.id}`), await ask('again')];
      });
      const run = new DurableRun(
        async (context, _run, order) => {
          const { id } = order as { id: string };
          const batch = await context.parallel('checks', [checkStock({ id }), checkCredit({ id })], { nesting });
          return batch.getResults();
        },
        { input: '{"id":"o-1"}' },
      );
      expect(await run.result()).toEqual([
        ['stock of o-1: yes', 'again: yes'],
        ['credit of o-1: yes', 'again: yes'],
      ]);
      expect(asked.toSorted()).toEqual(['again', 'again', 'credit of o-1', 'stock of o-1']);
      const asks = [...run.service.state.operations.values()].filter(({ Name }) => Name === 'ask');
      const [parallel, stock, credit] = ['1', '1-1', '1-2'].map((id) => run.service.operation(id));
      expect([parallel?.SubType, stock?.Name, credit?.Name]).toEqual(
        nesting === 'FLAT' ? ['Parallel', undefined, undefined] : ['Parallel', 'checkStock', 'checkCredit'],
      );
      const parents = nesting === 'FLAT' ? [parallel?.Id] : [stock?.Id, credit?.Id];
      expect(new Set(asks.map(({ ParentId }) => ParentId))).toEqual(new Set(parents));
      expect(new Set(asks.map(({ Id }) => Id)).size).toBe(4);
    },
  );

  it('binds arguments and this; a name may be given', async () => {
    const check = durableBranch(
      function (this: { shop: string }, item: string) {
        return `${item} at ${this.shop}`;
      },
      { name: 'check' },
    );
    const run = new DurableRun(async (context) => {
      const batch = await context.parallel([check.call({ shop: 'a' }, 'tea'), check.call({ shop: 'b' }, 'milk')]);
      return batch.getResults();
    });
    expect(await run.result()).toEqual(['tea at a', 'milk at b']);
    expect([run.service.operation('1-1')?.Name, run.service.operation('1-2')?.Name]).toEqual(['check', 'check']);
  });

  it('does nothing before the parallel runs it, and fails as a branch fails', async () => {
    const seen: string[] = [];
    const fail = durableBranch(function fail(): never {
      seen.push('body');
      throw new RangeError('x');
    });
    const run = new DurableRun(async (context) => {
      const branch = fail();
      await context.step(async () => seen.push('step'));
      const batch = await context.parallel([branch]);
      return batch.getErrors().map(({ message }) => message);
    });
    expect(await run.result()).toEqual(['x']);
    expect(seen).toEqual(['step', 'body']);
  });

  it('may be mixed with other branches, and keeps the types of results', async () => {
    const one = durableBranch(async (n: number) => n + 1, { name: 'one' });
    const run = new DurableRun(async (context) => {
      const batch: BatchResult<number | string> = await context.parallel([
        one(1),
        async () => 'plain',
        { name: 'named', func: async (branch: DurableContext) => branch.step(async () => 'step') },
      ]);
      const numbers: BatchResult<number> = await context.parallel([one(1), one(2)]);
      // @ts-expect-error the branches give numbers
      const texts: BatchResult<string> = await context.parallel([one(1), one(2)]);
      return [batch.getResults(), numbers.getResults(), texts.getResults()];
    });
    expect(await run.result()).toEqual([
      [2, 'plain', 'step'],
      [2, 3],
      [2, 3],
    ]);
  });

  it('outside of a durable execution is a plain call', async () => {
    const check = durableBranch(function check(item: string) {
      return `${item} is fine`;
    });
    const branch = check('tea');
    expect(branch.name).toBe('check');
    expect(await branch.func()).toBe('tea is fine');
  });

  it('outside of a durable execution is refused where it is required to be inside', async () => {
    const check = durableBranch(async () => 1, { name: 'check', required: true });
    await expect(check().func()).rejects.toThrow('durableBranch "check": called outside of a durable execution');
  });

  it('refuses a function without a name, when it wraps', () => {
    expect(() => durableBranch(async () => 1)).toThrow('durableBranch: a function without a name needs option name');
  });
});
