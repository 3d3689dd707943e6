import { beforeAll, describe, expect, it } from '@jest/globals';
import { BACKENDS } from '../support/backends.ts';
import { CORPUS } from './corpus/index.ts';
import { INTERRUPTED } from './corpus/interrupted.ts';
import type { Workflow } from './corpus/workflow.ts';
import { ENGINE_DIFFERENCES, rewritten } from './differences.ts';
import { type BackendRun, runOnBackend } from './hosts/backend-host.ts';
import type { EngineName } from './hosts/engines.ts';
import { fewAtOnce } from './hosts/few-at-once.ts';
import { ProcessLife } from './hosts/process-life.ts';
import type { Trace } from './hosts/trace.ts';

/** Executions of one workflow: by one engine alone, and begun by one and finished by the other. */
interface Handovers {
  alone: Record<EngineName, BackendRun>;
  /** `official until 2: ours` begins with the official engine, and the third invocation is ours. */
  handedOver: Record<string, BackendRun>;
}

const DIRECTIONS: readonly (readonly [EngineName, EngineName])[] = [
  ['ours', 'official'],
  ['official', 'ours'],
];

describe.each(Object.entries(BACKENDS))('on %s, an execution is finished by the other engine', (_backend, make) => {
  const done = new Map<string, Handovers | { failed: unknown }>();

  async function handOver(workflow: Workflow): Promise<Handovers> {
    const [ours, official] = await Promise.all([
      runOnBackend(make, workflow, () => 'ours'),
      runOnBackend(make, workflow, () => 'official'),
    ]);
    const alone = { ours, official };
    const runs = DIRECTIONS.flatMap(([first, second]) =>
      Array.from({ length: alone[first].invocations - 1 }, async (_, index) => {
        const run = await runOnBackend(make, workflow, (invocation) => (invocation <= index + 1 ? first : second));
        return [`${first} until ${index + 1}: ${second}`, run] as const;
      }),
    );
    return { alone, handedOver: Object.fromEntries(await Promise.all(runs)) };
  }

  beforeAll(async () => {
    await fewAtOnce(CORPUS, async ([name, workflow]) => {
      done.set(name, await handOver(workflow).catch((failed: unknown) => ({ failed })));
    });
  }, 120_000);

  describe('from every suspension', () => {
    it.each([...CORPUS.keys()])('%s', (name) => {
      const runs = done.get(name);
      if (!runs) throw new Error(`Nothing ran ${name}.`);
      if ('failed' in runs) throw runs.failed;
      const differences = ENGINE_DIFFERENCES.filter(({ workflows }) => workflows.includes(name));
      const expected = evened(runs.alone.ours, differences);
      for (const [direction, run] of Object.entries(runs.handedOver)) {
        expect({ direction, trace: evened(run, differences) }).toEqual({ direction, trace: expected });
      }
    });

    it('is what most of them have', () => {
      const suspended = [...done.values()].filter((runs) => 'alone' in runs && runs.alone.official.invocations > 1);
      expect(suspended.length).toBeGreaterThan(CORPUS.size / 2);
    });
  });

  it.each(Object.entries(INTERRUPTED))('when a process has died %s', async (_name, workflowOf) => {
    const run = (first: EngineName, second: EngineName): Promise<BackendRun> => {
      const life = new ProcessLife();
      return runOnBackend(make, workflowOf(life), (invocation) => (invocation === 1 ? first : second), life);
    };
    const alone = await run('ours', 'ours');
    expect(alone.invocations).toBeGreaterThan(1);
    const { trace } = await run('official', 'official');
    expect(trace).toEqual(alone.trace);
    for (const [first, second] of DIRECTIONS) expect((await run(first, second)).trace).toEqual(trace);
  });
});

/** What either engine left, where both may have worked on it. */
function evened({ trace }: BackendRun, differences: Parameters<typeof rewritten>[1]): Trace {
  return rewritten(trace, differences);
}
