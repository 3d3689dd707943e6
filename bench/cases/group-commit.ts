import { openBackendRun } from '../support/backend-run.ts';
import type { BenchCase } from '../support/bench-case.ts';
import { loadEngine } from '../support/engines.ts';

const STEPS = 100;

export const benchCase: BenchCase = {
  title: 'executions at once on one SQLite file share their commits; ten take far less than ten times as long',
  rows: () => ['1 execution', '10 executions', '50 executions'],
  async measure(engine, row, report) {
    const executions = Number.parseInt(row, 10);
    const measured = await openBackendRun('SQLite', await loadEngine(engine), async (_event, context) => {
      for (let index = 0; index < STEPS; index++) await context.step(`step-${index}`, async () => index);
    });
    await measured.run(executions);
    const begun = performance.now();
    await measured.run(executions);
    const ms = performance.now() - begun;
    await measured.close();
    report({ 'steps in a second': ((executions * STEPS) / ms) * 1000, 'time for all, ms': ms });
  },
};
