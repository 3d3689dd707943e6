import type { Family, Node } from '../program/program.ts';

export interface WaitNode extends Node {
  kind: 'wait';
  seconds: number;
  named: boolean;
}

export const wait: Family<WaitNode> = {
  kind: 'wait',
  weight: 10,
  single: true,
  generate: ({ random, key }) => ({
    kind: 'wait',
    key: key('wait'),
    seconds: random.pick([1, 1, 2, 5, 30, 120, 3600, 7200]),
    named: random.chance(0.5),
  }),
  async run({ seconds, named }, { context, path }) {
    await (named ? context.wait(path, { seconds }) : context.wait({ seconds }));
    return 'waited';
  },
  print: ({ seconds }) => `wait ${seconds} s`,
};
