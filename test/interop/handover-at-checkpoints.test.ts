import { describe, expect, it } from '@jest/globals';
import { BACKENDS } from '../support/backends.ts';
import { oneAfterTheOther } from './corpus/interrupted.ts';
import { runOnBackend } from './hosts/backend-host.ts';
import type { EngineName } from './hosts/engines.ts';
import { type DeathAtCheckpoint, ProcessLife } from './hosts/process-life.ts';

const DIRECTIONS: readonly (readonly [EngineName, EngineName])[] = [
  ['ours', 'official'],
  ['official', 'ours'],
];

/** The others have the same protocol in front of them, and tests of their own for a death at every write. */
const FAST = Object.entries(BACKENDS).filter(([name]) => name === 'memory' || name === 'SQLite');

describe.each(FAST)('on %s, an execution is finished by the other engine', (_backend, make) => {
  describe.each(['before', 'after'] as const)(
    'when a process has died at any checkpoint, %s it was applied',
    (moment) => {
      /** Runs the workflow with one engine until it dies, then with the other; `ran` are the bodies that did. */
      async function run(first: EngineName, second: EngineName, death?: DeathAtCheckpoint) {
        const ran: string[] = [];
        const life = new ProcessLife(death);
        const workflow = oneAfterTheOther((name) => ran.push(name));
        const { trace } = await runOnBackend(make, workflow, () => (life.died ? second : first), life);
        return { trace, ran, died: life.died, checkpoints: life.checkpoints };
      }

      it.each(DIRECTIONS)(
        '%s, then %s',
        async (first, second) => {
          const whole = await run(first, second);
          expect(whole.died).toBe(false);
          expect(whole.checkpoints).toBeGreaterThan(10);
          const deaths = Array.from({ length: whole.checkpoints }, (_, index) => ({ checkpoint: index + 1, moment }));
          const runs = await Promise.all(deaths.map((death) => run(first, second, death)));
          for (const [index, { trace, ran, died }] of runs.entries()) {
            const { checkpoint } = deaths[index] as DeathAtCheckpoint;
            expect({ checkpoint, died, trace }).toEqual({ checkpoint, died: true, trace: whole.trace });
            // What is on record does not run again; of the rest, one body was under way.
            expect(new Set(ran)).toEqual(new Set(whole.ran));
            expect(ran.length - whole.ran.length).toBeLessThanOrEqual(1);
          }
        },
        60_000,
      );
    },
  );
});
