import type { Family, Node } from '../program/program.ts';

export interface SeededValuesNode extends Node {
  kind: 'values';
  what: 'now' | 'random' | 'uuid';
}

/** Values that are the same on every replay. They differ between executions, so a result only says that they were there. */
export const seededValues: Family<SeededValuesNode> = {
  kind: 'values',
  weight: 3,
  single: true,
  generate: ({ random, key }) => ({ kind: 'values', key: key('values'), what: random.pick(['now', 'random', 'uuid']) }),
  async run({ what }, { context, hooks, path }) {
    const value = what === 'now' ? (await context.now()).toISOString() : String(context[what]());
    hooks.observed(path, value);
    return `${what} noted`;
  },
  print: ({ what }) => `context.${what}()`,
};
