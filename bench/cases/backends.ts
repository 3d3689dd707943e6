import { openBackendRun, type Place } from '../support/backend-run.ts';
import type { BenchCase } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';

/** Steps that are measured at least, so that short executions are measured too. */
const LEAST_STEPS = 3000;

export const benchCase: BenchCase = {
  title:
    'sequential steps through our backends, both engines; the cost of a step does not depend on how many came before',
  rows: (full) =>
    ['no backend', 'memory', 'SQLite'].flatMap((place) =>
      [100, 1000, ...(full || place !== 'SQLite' ? [10_000] : [])].map((steps) => `${place}, ${steps} steps`),
    ),
  rounds: 1,
  async measure(engine, row, report) {
    const [place, steps] = row.split(', ') as [Place | 'no backend', string];
    const count = Number.parseInt(steps, 10);
    const durable = await loadEngine(engine);
    const stepsOf =
      (length: number): Handler =>
      async (_event, context) => {
        for (let index = 0; index < length; index++) await context.step(`step-${index}`, async () => index);
      };
    const open = async (handler: Handler) => {
      if (place !== 'no backend') return openBackendRun(place, durable, handler);
      let checkpoints = 0;
      return {
        get checkpoints() {
          return checkpoints;
        },
        async run() {
          const service = new PlainService();
          await durable(handler, service.client)(service.envelope());
          checkpoints += service.requests;
        },
        async close() {},
      };
    };
    const warmUp = await open(stepsOf(500));
    await warmUp.run(1);
    await warmUp.close();

    const measured = await open(stepsOf(count));
    const cpu = process.cpuUsage();
    const begun = performance.now();
    let executions = 0;
    for (; executions * count < LEAST_STEPS; executions++) await measured.run(1);
    const ms = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    await measured.close();
    const all = executions * count;
    report({
      'CPU for each checkpoint, µs': (user + system) / measured.checkpoints,
      'checkpoints for each step': measured.checkpoints / all,
      'steps in a second': (all / ms) * 1000,
    });
  },
};
