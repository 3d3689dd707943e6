import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BACKENDS } from '../support/backends.ts';
import { CORPUS } from './corpus/index.ts';
import type { Workflow } from './corpus/workflow.ts';
import { ENGINE_DIFFERENCES, HASTY_WORKFLOWS, RUNNER_DIFFERENCES, rewritten } from './differences.ts';
import { runOnBackend } from './hosts/backend-host.ts';
import type { EngineName } from './hosts/engines.ts';
import { fewAtOnce } from './hosts/few-at-once.ts';
import { runOnOfficialRunner } from './hosts/runner-host.ts';
import type { Trace } from './hosts/trace.ts';

type Host = (workflow: Workflow, engine: EngineName) => Promise<Trace>;

const RUNNER = 'the official test runner';
/** Answers come over a connection, so that they take time. */
const UNHURRIED = 'DynamoDB (dynalite)';
const BACKEND_NAMES = Object.keys(BACKENDS);
const HOSTS: Readonly<Record<string, Host>> = {
  ...Object.fromEntries(
    Object.entries(BACKENDS).map(([name, make]): [string, Host] => [
      name,
      async (workflow, engine) => (await runOnBackend(make, workflow, () => engine)).trace,
    ]),
  ),
  [RUNNER]: runOnOfficialRunner,
};
const ENGINES: readonly EngineName[] = ['ours', 'official'];
const NAMES = [...CORPUS.keys()];

const traces = new Map<string, Trace | { failed: unknown }>();
const keyOf = (...parts: [workflow: string, engine: EngineName, host: string]): string => parts.join(' | ');

function traceOf(workflow: string, engine: EngineName, host: string): Trace {
  const trace = traces.get(keyOf(workflow, engine, host));
  if (!trace) throw new Error(`Nothing ran ${keyOf(workflow, engine, host)}.`);
  if ('failed' in trace) throw trace.failed;
  return trace;
}

/** Where an engine shows what it does with a workflow on a host: that host itself, unless it goes wrong there. */
function hostOf(engine: EngineName, workflow: string, host: string): string {
  const isHasty = engine === 'official' && HASTY_WORKFLOWS.some((hasty) => hasty.workflow === workflow);
  return isHasty && host === UNHURRIED ? 'memory' : host;
}

// The runner's waits pass in real time: side by side, all of them take as long as the longest.
beforeAll(async () => {
  await LocalDurableTestRunner.setupTestEnvironment();
  const runs = [...CORPUS].flatMap(([name, workflow]) => ENGINES.map((engine) => ({ name, workflow, engine })));
  for (const [host, run] of Object.entries(HOSTS)) {
    const runOne = async ({ name, workflow, engine }: (typeof runs)[number]): Promise<void> => {
      const trace = await run(workflow, engine).catch((failed: unknown) => ({ failed }));
      traces.set(keyOf(name, engine, host), trace);
    };
    await (host === RUNNER ? Promise.all(runs.map(runOne)) : fewAtOnce(runs, runOne));
  }
}, 120_000);

afterAll(async () => {
  await LocalDurableTestRunner.teardownTestEnvironment();
});

describe.each(NAMES)('%s', (name) => {
  it.each(Object.keys(HOSTS))('on %s: the same from both engines, but for what is listed', (host) => {
    const differences = ENGINE_DIFFERENCES.filter(({ workflows }) => workflows.includes(name));
    const evened = (engine: EngineName): Trace =>
      rewritten(
        traceOf(name, engine, hostOf(engine, name, host)),
        differences.filter(({ of }) => of === engine),
      );
    expect(evened('ours')).toEqual(evened('official'));
  });

  it.each(ENGINES)('the same wherever it is kept, by the engine %s', (engine) => {
    const [first, ...others] = BACKEND_NAMES.map((host) => traceOf(name, engine, hostOf(engine, name, host)));
    for (const other of others) expect(other).toEqual(first);
    expect(likeBackends(traceOf(name, engine, RUNNER))).toEqual(likeRunner(first as Trace));
  });
});

describe('a listed difference still is one', () => {
  const listed = ENGINE_DIFFERENCES.flatMap((difference) =>
    difference.workflows.map((workflow) => ({ ...difference, workflow })),
  );
  it.each(listed)('$section: $workflow. $why', ({ workflow, of, rewriting }) => {
    for (const host of Object.keys(HOSTS)) {
      const trace = traceOf(workflow, of, hostOf(of, workflow, host));
      expect({ host, lines: rewritten(trace, [{ rewriting }]) }).not.toEqual({ host, lines: trace });
    }
  });

  it.each(RUNNER_DIFFERENCES.map((difference) => [difference.why, difference] as const))(
    'the runner: %s',
    (_why, { of, rewriting }) => {
      const hosts = of === 'backends' ? BACKEND_NAMES : [RUNNER];
      const touched = NAMES.some((name) =>
        hosts.some((host) => {
          const trace = traceOf(name, 'official', hostOf('official', name, host));
          return rewritten(trace, [{ rewriting }]).some((line, index) => line !== trace[index]);
        }),
      );
      expect(touched).toBe(true);
    },
  );
});

function likeRunner(trace: Trace): Trace {
  return rewritten(
    trace,
    RUNNER_DIFFERENCES.filter(({ of }) => of !== 'runner'),
  );
}

function likeBackends(trace: Trace): Trace {
  return rewritten(
    trace,
    RUNNER_DIFFERENCES.filter(({ of }) => of !== 'backends'),
  );
}
