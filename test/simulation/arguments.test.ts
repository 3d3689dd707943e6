import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.ts';

describe('readArguments', () => {
  it('has defaults', () => {
    expect(readArguments([])).toEqual({
      seed: undefined,
      seeds: 1000,
      from: 1,
      store: undefined,
      drop: [],
      workers: 2,
      trace: false,
      twice: false,
    });
  });

  it('reads the command that a failure prints', () => {
    const args = readArguments(['--seed', '17', '--store', 'sqlite', '--drop', 'step1,wait2']);
    expect(args).toMatchObject({ seed: 17, store: 'sqlite', drop: ['step1', 'wait2'] });
  });

  it.each([
    [['--seeds', 'many'], '--seeds is many; give a whole number from 1.'],
    [['--seeds', '0'], '--seeds is 0'],
    [['--seed', '1.5'], '--seed is 1.5'],
    [['--store', 'tape'], '--store is tape; give memory, sqlite, dynamodb.'],
  ])('refuses %j and shows the usage', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
    expect(() => readArguments(args)).toThrow('npm run simulate -- [options]');
  });
});
