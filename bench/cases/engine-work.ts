import type { BenchCase } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';
import { median } from '../support/statistics.ts';

const REPETITIONS = 5;

const steps =
  (count: number): Handler =>
  async (_event, context) => {
    for (let index = 0; index < count; index++) await context.step(`step-${index}`, async () => index);
  };

const map =
  (count: number, maxConcurrency?: number): Handler =>
  async (_event, context) => {
    const items = Array.from({ length: count }, (_, index) => index);
    await context.map('all', items, (child, item) => child.step('one', async () => item), { maxConcurrency });
  };

/** What a row does, and after what: a replay goes on from a record. */
const work: Readonly<Record<string, (count: number) => { before?: Handler; measured: Handler }>> = {
  'sequential steps': (count) => ({ measured: steps(count) }),
  'replayed steps': (count) => ({ before: steps(count), measured: steps(count + 1) }),
  'map items, one step each, 10 at once': (count) => ({ measured: map(count, 10) }),
  'map items, one step each, all at once': (count) => ({ measured: map(count) }),
};

export const benchCase: BenchCase = {
  title:
    'CPU time on a service that answers at once; a step at most 20 µs, a replayed one at most 5 µs, flat; ' +
    'at most 1/2 of the official at 1000, 1/20 (steps), 1/8 (replay), 1/3 (map) at 10000',
  rows: (full) =>
    [100, 1000, ...(full ? [10_000] : [])].flatMap((count) => Object.keys(work).map((of) => `${count} ${of}`)),
  async measure(engine, row, report) {
    const [, count, of] = /^(\d+) (.*)$/.exec(row) as unknown as [string, string, string];
    const durable = await loadEngine(engine);
    const { before, measured } = (work[of] as (count: number) => { before?: Handler; measured: Handler })(
      Number(count),
    );
    const times: number[] = [];
    for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
      const service = new PlainService();
      if (before) await durable(before, service.client)(service.envelope());
      const envelope = service.envelope();
      globalThis.gc?.();
      const begun = process.cpuUsage();
      const output = await durable(measured, service.client)(envelope);
      const { user, system } = process.cpuUsage(begun);
      if (output.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(output));
      if (repetition > 0) times.push((user + system) / Number(count)); // The first one compiles.
    }
    report({ 'CPU for each, µs': median(times) });
  },
};
