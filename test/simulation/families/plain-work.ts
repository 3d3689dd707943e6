import type { Family, Node } from '../program/program.ts';

export interface PlainWorkNode extends Node {
  kind: 'plainWork';
  /** Virtual milliseconds that the event loop shows; 0 for a few turns of the microtask queue. */
  duration: number;
}

/** Asynchronous work outside steps, repeated on every replay. */
export const plainWork: Family<PlainWorkNode> = {
  kind: 'plainWork',
  weight: 4,
  single: true,
  plainWork: true,
  generate: ({ random, key }) => ({
    kind: 'plainWork',
    key: key('plainWork'),
    duration: random.pick([0, 0, 5, 300, 15_000]),
  }),
  async run({ duration }, { hooks }) {
    if (duration > 0) await hooks.sleep(duration);
    else for (let turn = 0; turn < 5; turn++) await null;
    return 'worked';
  },
  print: ({ duration }) => `plain work, ${duration} ms`,
};
