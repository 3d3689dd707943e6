import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { nameOf } from '../../../../test/support/errors.ts';
import { type DurableStepOptions, durableStep } from './durable-step.ts';

/** Records of ambient calls, in the order in which they began. */
const ambientRecords = ({ service }: DurableRun): OperationRecord[] =>
  [...service.state.operations.values()].filter(({ Id }) => Id.startsWith('x_'));

describe('durableStep outside of a durable execution', () => {
  it('is a plain call, of a function that is not async too', async () => {
    const add = durableStep(function add(this: { base: number }, n: number) {
      return this.base + n;
    });
    const called = add.call({ base: 1 }, 2);
    expect(called).toBeInstanceOf(Promise);
    expect(await called).toBe(3);
  });

  it('needs no key: any argument goes', async () => {
    const give = durableStep(async function give(value: unknown) {
      return value;
    });
    expect(await give(1n)).toBe(1n);
  });

  it('rejects with what the function throws', async () => {
    const error = new RangeError('mine');
    const fail = durableStep(function fail(): void {
      throw error;
    });
    await expect(fail()).rejects.toBe(error);
  });

  it('is refused where it is required to be inside, before anything runs', async () => {
    let calls = 0;
    const charge = durableStep(
      async function charge() {
        return ++calls;
      },
      { required: true },
    );
    await expect(charge()).rejects.toThrow(
      'durableStep "charge": called outside of a durable execution, where option required allows no call: ' +
        'call it in a handler that runs durably, in the asynchronous context of that handler',
    );
    expect(calls).toBe(0);
    const run = new DurableRun((context) =>
      context.step(() => charge()).then(async (inBody) => [inBody, await charge()]),
    );
    expect(await run.result()).toEqual([1, 2]);
  });
});

describe('durableStep refuses', () => {
  it.each<[string, unknown, unknown, string]>([
    ['what is no function', 'charge', undefined, 'durableStep: what is wrapped must be a function; got "charge"'],
    ['nothing', undefined, undefined, 'durableStep: what is wrapped must be a function; got undefined'],
    [
      'a function without a name',
      async () => 1,
      undefined,
      'durableStep: a function without a name needs option name: its records are found by that',
    ],
    ['an empty name', function f() {}, { name: '' }, 'durableStep: a function without a name needs option name'],
    ['a name that the wire can not carry', function größe() {}, undefined, 'durableStep: the name must be 1 to 256'],
    ['a long name', () => 1, { name: 'x'.repeat(257) }, 'durableStep: the name must be 1 to 256'],
    ['a name that is no text', function f() {}, { name: 7 }, 'durableStep "f": option name must be a string; got 7'],
    [
      'a key that is no function',
      function f() {},
      { key: 'a' },
      'durableStep "f": option key must be a function; got "a"',
    ],
    [
      'required that is no boolean',
      function f() {},
      { required: 1 },
      'durableStep "f": option required must be a boolean',
    ],
    ['options that are no object', function f() {}, 'name', 'durableStep "f": the options must be an object'],
    ['bad options of a step', function f() {}, { serdes: {} }, 'durableStep "f": option serdes must be an object with'],
    ['a bad timeout', function f() {}, { timeout: { seconds: 0 } }, 'durableStep "f": timeout'],
    [
      'a bad onInterrupted',
      function f() {},
      { onInterrupted: 'ask' },
      'durableStep "f": option onInterrupted must be one of',
    ],
  ])('%s, when it wraps', (_name, fn, options, message) => {
    expect(() => durableStep(fn as () => void, options as DurableStepOptions<[], void>)).toThrow(message);
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  it.each<[string, unknown, RegExp]>([
    ['circular', circular, /no JSON \(.*circular structure/i],
    ['a bigint', { amount: 1n }, /no JSON \(.*BigInt/],
    ['a function', () => 1, /no JSON \(got function/],
    ['a symbol', Symbol('a'), /no JSON \(got Symbol\(a\)\)/],
    [
      'hostile',
      {
        toJSON() {
          throw 'up';
        },
      },
      /no JSON \("up"\)/,
    ],
  ])('an argument that is %s without a key: only that call, before anything is sent', async (_name, value, message) => {
    let bodies = 0;
    const charge = durableStep(async function charge(_value: unknown) {
      return ++bodies;
    });
    const run = new DurableRun(async () => {
      const error = (await charge(value).catch((thrown: unknown) => thrown)) as TypeError;
      return [nameOf(error), error.message, await charge('fine')];
    });
    const [name, text, next] = (await run.result()) as [string, string, number];
    expect([name, next]).toEqual(['TypeError', 1]);
    expect(text).toMatch(message);
    expect(text).toContain('durableStep "charge": its arguments are no JSON');
    expect(text).toContain('pass option key, a function of the arguments that gives a string');
    expect(run.service.sent).toEqual([['STEP:START charge', 'STEP:SUCCEED charge']]);
  });

  it('a key that gives no text, or throws: only that call', async () => {
    let key: () => string = () => 7 as never;
    const charge = durableStep(async () => 1, { name: 'charge', key: () => key() });
    const run = new DurableRun(async () => {
      const messages = [await charge().catch((error: Error) => error.message)];
      key = () => {
        throw new RangeError('no key');
      };
      messages.push(await charge().catch((error: Error) => error.message));
      key = () => '';
      return [...messages, await charge()];
    });
    expect(await run.result()).toEqual(['durableStep "charge": key must return a string; got 7', 'no key', 1]);
    expect(ambientRecords(run)).toHaveLength(1);
  });
});
