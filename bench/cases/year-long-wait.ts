import type { BenchCase, EngineName } from '../support/bench-case.ts';
import { type Handler, SPECIFIERS } from '../support/engines.ts';
import { median } from '../support/statistics.ts';

const RUNS = 10;
const OFFICIAL_TESTING = '@aws/durable-execution-sdk-js-testing';

const aYear: Handler = async (_event, context) => {
  const before = await context.step('before', async () => 1);
  await context.wait('a-year', { days: 365 });
  return context.step('after', async () => before + 1);
};

interface OfficialTesting {
  LocalDurableTestRunner: {
    setupTestEnvironment(options: { skipTime: boolean }): Promise<void>;
    teardownTestEnvironment(): Promise<void>;
    new (options: { handlerFunction: unknown }): { run(): Promise<{ getResult(): unknown }> };
  };
}

/** Runs it once on a fresh runner; resolves to the result. */
async function openRunner(engine: EngineName): Promise<() => Promise<unknown>> {
  const { withDurableExecution } = (await import(SPECIFIERS[engine])) as typeof import('@middy-durable/core');
  const handler = withDurableExecution(aYear);
  if (engine === 'ours') {
    const { createTestRunner } = await import('@middy-durable/testing');
    return async () => (await createTestRunner({ handler }).run()).result;
  }
  const { LocalDurableTestRunner } = (await import(OFFICIAL_TESTING)) as OfficialTesting;
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  return async () => (await new LocalDurableTestRunner({ handlerFunction: handler }).run()).getResult();
}

export const benchCase: BenchCase = {
  title: 'a test of a handler that waits a year, on each test runner',
  rows: () => ['two steps with a year between them'],
  rounds: 1,
  async measure(engine, _row, report) {
    const run = await openRunner(engine);
    const times: number[] = [];
    for (let index = 0; index <= RUNS; index++) {
      const begun = performance.now();
      const result = await run();
      if (index > 0) times.push(performance.now() - begun); // The first run compiles.
      if (result !== 2) throw new Error(`It came to ${JSON.stringify(result)}.`);
    }
    report({ 'median of 10, ms': median(times) });
  },
};
