import { describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';

describe('misuse of map rejects that call, sends nothing and claims no id', () => {
  const body = async () => 1;
  it.each<[string, unknown[], string]>([
    ['no array', ['rows', { length: 1 }, body], 'map "rows": Map operation requires an array of items'],
    ['no body', ['rows', [1]], 'map "rows": the body must be a function; got undefined'],
    [
      'no whole concurrency',
      ['rows', [1], body, { maxConcurrency: 1.5 }],
      'map "rows": Invalid maxConcurrency: 1.5. Must be a positive number',
    ],
    ['no concurrency', ['rows', [1], body, { maxConcurrency: 0 }], 'map "rows": Invalid maxConcurrency: 0.'],
    [
      'NaN concurrency',
      ['rows', [1], body, { maxConcurrency: Number.NaN }],
      'map "rows": Invalid maxConcurrency: NaN.',
    ],
    [
      'an itemNamer that is no function',
      ['rows', [1], body, { itemNamer: 'x' }],
      'map "rows": option itemNamer must be a function',
    ],
    [
      'an itemNamer that gives no text',
      ['rows', [1], body, { itemNamer: () => 7 }],
      'map "rows": item: the name must be a string',
    ],
    [
      'an itemNamer that gives a promise',
      ['rows', [1], body, { itemNamer: async () => 'a' }],
      'map "rows": item: the name must be a string',
    ],
    [
      'an item name that is too long',
      ['rows', [1], body, { itemNamer: () => 'x'.repeat(300) }],
      'printable ASCII characters, not 300',
    ],
    [
      'an unknown nesting',
      ['rows', [1], body, { nesting: 'DEEP' }],
      'map "rows": option nesting must be one of NESTED, FLAT',
    ],
    [
      'a completion of the wrong type',
      ['rows', [1], body, { completionConfig: 3 }],
      'map "rows": option completionConfig must be an object',
    ],
    [
      'a completion out of range',
      ['rows', [1], body, { completionConfig: { toleratedFailurePercentage: 101 } }],
      'toleratedFailurePercentage must be 0 to 100',
    ],
    [
      'a summary that is no function',
      ['rows', [1], body, { summaryGenerator: 'short' }],
      'option summaryGenerator must be a function',
    ],
    [
      'an item serdes that can’t read',
      ['rows', [1], body, { itemSerdes: {} }],
      'option itemSerdes must be an object with the functions',
    ],
  ])('%s', async (_title, args, message) => {
    const run = new DurableRun(async (context) => {
      const problem = await (context.map as any)(...args).catch((error: Error) => error.message);
      return [problem, await context.step('next', async () => 1)];
    });
    const [problem, next] = (await run.result()) as [string, number];
    expect(problem).toContain(message);
    expect(next).toBe(1);
    expect(run.service.operation('1')?.Name).toBe('next');
  });

  it('what itemNamer throws', async () => {
    const itemNamer = () => {
      throw new RangeError('no name for it');
    };
    const run = new DurableRun((context) =>
      context.map('rows', [1], body, { itemNamer }).catch((error) => (error as Error).message),
    );
    expect(await run.result()).toBe('no name for it');
  });

  it('explicit undefined and null mean the default', async () => {
    const options = {
      maxConcurrency: null,
      itemNamer: undefined,
      serdes: null,
      itemSerdes: undefined,
      completionConfig: null,
      summaryGenerator: undefined,
      nesting: null,
    };
    const run = new DurableRun(async (context) => (await context.map([1, 2], body, options as never)).getResults());
    expect(await run.result()).toEqual([1, 1]);
  });
});
