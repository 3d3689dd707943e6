import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { causeOf, nameOf } from '../../../../test/support/errors.ts';
import { retryPresets } from '../retry.ts';
import type { StepContext } from '../types.ts';
import { currentStepContext } from './current-context.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };

/** Records of ambient calls, in the order in which they began. */
const ambientRecords = ({ service }: DurableRun): OperationRecord[] =>
  [...service.state.operations.values()].filter(({ Id }) => Id.startsWith('x_'));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('durableStep in a durable execution', () => {
  it('is a step of the current context, whose result is recorded once', async () => {
    const charged: string[] = [];
    const charge = durableStep(async function charge(id: string) {
      charged.push(id);
      return { receipt: charged.length };
    });
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      seen.push(await charge('o-1'));
      await context.wait('pause', SECOND);
    });
    await run.finish();
    expect(seen).toEqual([{ receipt: 1 }, { receipt: 1 }]);
    expect(charged).toEqual(['o-1']);
    const parts = ['step', null, 'charge', sha256('["o-1"]'), 1];
    const Id = `x_${sha256(JSON.stringify(parts)).slice(0, 32)}`;
    expect(ambientRecords(run)).toMatchObject([
      {
        Id,
        Type: 'STEP',
        SubType: 'Step',
        Name: 'charge',
        Status: 'SUCCEEDED',
        StepDetails: { Result: '{"receipt":1}' },
      },
    ]);
    expect(ambientRecords(run)[0]?.ParentId).toBeUndefined();
  });

  it('finds its record whatever Lambda context it is handed', async () => {
    let calls = 0;
    const charge = durableStep(async function charge(_request: { id: string; context: unknown }, _context: unknown) {
      return ++calls;
    });
    const run = new DurableRun(async (context) => {
      const once = await charge({ id: 'o-1', context: context.lambdaContext }, context);
      await context.wait('pause', SECOND);
      return once;
    });
    expect(await run.result()).toBe(1);
    expect(run.lambdaContext.awsRequestId).toBe('request-2');
    expect(calls).toBe(1);
  });

  it('takes no position: other operations keep their ids', async () => {
    const note = durableStep(async function note() {});
    const run = new DurableRun(async (context) => {
      await note();
      await context.step('first', async () => 1);
      await note();
      await context.step('second', async () => 1);
    });
    await run.finish();
    expect([run.service.operation('1')?.Name, run.service.operation('2')?.Name]).toEqual(['first', 'second']);
    expect(ambientRecords(run)).toHaveLength(2);
  });

  it.each<[string, string[], string[]]>([
    ['added', [], ['fresh']],
    ['removed', ['old'], []],
    ['replaced', ['old'], ['fresh']],
    ['reordered', ['old', 'fresh'], ['fresh', 'old']],
  ])('may be %s while an execution is under way', async (_name, before, after) => {
    const bodies: string[] = [];
    const calls = Object.fromEntries(
      ['old', 'fresh'].map((name) => [name, durableStep(async () => bodies.push(name), { name })]),
    );
    let names = before;
    const run = new DurableRun(async (context) => {
      for (const name of names) await calls[name]?.();
      const first = await context.step('first', async () => bodies.push('first'));
      await context.wait(SECOND);
      return first;
    });
    await run.invoke();
    names = after;
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.result()).toBe(before.length + 1);
    const again = after.filter((name) => !before.includes(name));
    expect(bodies).toEqual([...before, 'first', ...again]);
  });

  it('counts equal calls, and tells others apart by their arguments', async () => {
    let calls = 0;
    const count = durableStep(async function count(_of?: string) {
      return ++calls;
    });
    const seen: number[][] = [];
    const run = new DurableRun(async (context) => {
      seen.push([await count('a'), await count('a'), await count('b'), await count(), await count('a')]);
      await context.wait(SECOND);
    });
    await run.finish();
    expect(seen).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
  });

  it('in a child context belongs to that', async () => {
    const note = durableStep(async function note() {});
    const run = new DurableRun((context) =>
      context.runInChildContext('child', async () => {
        await note();
      }),
    );
    await run.finish();
    const parent = run.service.operation('1')?.Id;
    const key = sha256('[]');
    expect(ambientRecords(run)).toMatchObject([
      { Id: `x_${sha256(JSON.stringify(['step', parent, 'note', key, 1])).slice(0, 32)}`, ParentId: parent },
    ]);
  });

  it('has the id of its own context in a virtual one, and the record of the context around that', async () => {
    const note = durableStep(async function note() {});
    const run = new DurableRun((context) =>
      context.runInChildContext('real', (child) =>
        child.runInChildContext(
          'virtual',
          async (inner) => {
            await note();
            await inner.wait(SECOND);
            await note();
          },
          { virtualContext: true },
        ),
      ),
    );
    await run.finish();
    const virtual = createHash('md5').update('1-1').digest('hex').slice(0, 16);
    const ids = [1, 2].map((occurrence) => {
      const parts = ['step', virtual, 'note', sha256('[]'), occurrence];
      return `x_${sha256(JSON.stringify(parts)).slice(0, 32)}`;
    });
    expect(ambientRecords(run).map(({ Id, ParentId }) => [Id, ParentId])).toEqual(
      ids.map((id) => [id, run.service.operation('1')?.Id]),
    );
  });

  it('takes the options of a step', async () => {
    const attempts: number[] = [];
    const flaky = durableStep(
      async function flaky() {
        const { attempt, idempotencyKey } = currentStepContext() as StepContext;
        attempts.push(attempt);
        if (attempt < 3) throw new RangeError(`attempt ${attempt}`);
        return idempotencyKey;
      },
      { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: { minutes: 1 } }) },
    );
    const run = new DurableRun(() => flaky());
    expect(await run.result()).toMatch(/^[0-9a-f]{64}$/);
    expect(attempts).toEqual([1, 2, 3]);
    expect(run.service.state.invocationCount).toBe(3);
  });

  it('that is interrupted asks what happened', async () => {
    const seen: string[] = [];
    const charge = durableStep(
      async function charge() {
        seen.push('charged');
        await run.runtime.sleep(1000);
        return 'by the body';
      },
      { onInterrupted: async () => ({ outcome: 'succeeded', result: 'as it was found' }) },
    );
    const run: DurableRun = new DurableRun(() => charge());
    await run.killAfter(500);
    expect(await run.result()).toBe('as it was found');
    expect(seen).toEqual(['charged']);
  });

  it('fails as a step does, live and on replay', async () => {
    const fail = durableStep(
      function fail(): never {
        throw new RangeError('never');
      },
      { retryStrategy: retryPresets.noRetry },
    );
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      await fail().catch((error) => seen.push([nameOf(error), nameOf(causeOf(error)), (error as Error).message]));
      await context.wait(SECOND);
    });
    await run.finish();
    expect(seen).toEqual([
      ['StepError', 'RangeError', 'never'],
      ['StepError', 'RangeError', 'never'],
    ]);
  });

  it('never begins within the call', async () => {
    const order: string[] = [];
    const note = durableStep(function note() {
      order.push('body');
    });
    const run = new DurableRun(async () => {
      const noted = note();
      order.push('after the call');
      await noted;
    });
    await run.finish();
    expect(order).toEqual(['after the call', 'body']);
  });

  it('keeps this, for the body and for the key', async () => {
    class Account {
      readonly id: string;
      balance = 0;
      constructor(id: string) {
        this.id = id;
      }
      add = durableStep(
        function (this: Account, amount: number) {
          this.balance += amount;
          return `${this.id} ${this.balance}`;
        },
        {
          name: 'add',
          key(this: Account, amount) {
            return `${this.id} ${amount}`;
          },
        },
      );
    }
    const [a, b] = [new Account('a'), new Account('b')];
    const run = new DurableRun(async (context, { service }) => {
      // Not in the same order in both invocations: the accounts tell the calls apart.
      const accounts = service.state.invocationCount === 1 ? [a, b] : [b, a];
      const balances = await Promise.all(accounts.map((account) => account.add(5)));
      await context.wait(SECOND);
      return balances;
    });
    expect(await run.result()).toEqual(['b 5', 'a 5']);
    expect([a.balance, b.balance]).toEqual([5, 5]);
  });

  it('in a step body is a plain call; its result is not recorded', async () => {
    let seen: unknown;
    const inner = durableStep(function inner(value: object) {
      return value;
    });
    const run = new DurableRun((context) =>
      context.step('outer', async () => {
        const value = new Map();
        seen = (await inner(value)) === value;
        return 'done';
      }),
    );
    expect(await run.result()).toBe('done');
    expect(seen).toBe(true);
    expect(ambientRecords(run)).toEqual([]);
  });

  it('around another one is one step', async () => {
    const inner = durableStep(async function inner() {
      return 1;
    });
    const outer = durableStep(async function outer() {
      return (await inner()) + 1;
    });
    const run = new DurableRun(() => outer());
    expect(await run.result()).toBe(2);
    expect(ambientRecords(run).map(({ Name }) => Name)).toEqual(['outer']);
  });

  it('is suspended like any other: a retry that is due later keeps no invocation', async () => {
    let attempts = 0;
    const flaky = durableStep(
      async function flaky() {
        attempts++;
        if (attempts === 1) throw new Error('once');
        return attempts;
      },
      { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) },
    );
    const run = new DurableRun(() => flaky());
    expect(await run.invoke()).toEqual({ output: { Status: 'PENDING' }, ms: 0 });
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.result()).toBe(2);
  });
});

/** Assignable only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_A extends true>(): void => {};

it('durableStep keeps the types of parameters and result', () => {
  const step = durableStep(async (_a: number, _b?: string) => 1, {
    name: 'typed',
    key: (a, b) => `${a.toFixed()}${b}`,
  });
  same<Same<typeof step, (a: number, b?: string) => Promise<number>>>();
  const plain = durableStep((_a: number) => 'text', { name: 'plain' });
  same<Same<typeof plain, (a: number) => Promise<string>>>();
  const bound = durableStep(function bound(this: Date) {
    return this.getTime();
  });
  // @ts-expect-error it needs its this
  const unbound = (): Promise<number> => bound();
  // @ts-expect-error the key gets a number first
  durableStep(async (_a: number) => 1, { name: 'misfit', key: (a: string) => a });
  expect([step.name, plain.name, bound.name, typeof unbound]).toEqual(['typed', 'plain', 'bound', 'function']);
});
