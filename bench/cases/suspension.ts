import type { BenchCase } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';
import { median } from '../support/statistics.ts';

const HOUR = { seconds: 3600 };
const RUNS = 20;

const handlers: Readonly<Record<string, (started: (timer: NodeJS.Timeout) => void) => Handler>> = {
  'a wait': () => (_event, context) => context.wait('cool-down', HOUR),
  'a wait in each of 100 map items': () => async (_event, context) => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    await context.map('all', items, (child) => child.wait('cool-down', HOUR));
  },
  'a wait races a running timer': (started) => (_event, context) =>
    Promise.race([context.wait('cool-down', HOUR), new Promise((resolve) => started(setTimeout(resolve, 60_000)))]),
};

export const benchCase: BenchCase = {
  title: 'from "nothing can move" to the answer PENDING; under 2 ms, at most 22 ms where a resource is active',
  rows: () => Object.keys(handlers),
  async measure(engine, row, report) {
    const durable = await loadEngine(engine);
    const times: number[] = [];
    for (let run = 0; run <= RUNS; run++) {
      const service = new PlainService();
      let timer: NodeJS.Timeout | undefined;
      const handler = handlers[row]?.((started) => {
        timer = started;
      });
      if (!handler) throw new Error(`No handler is called ${row}.`);
      const output = await durable(handler, service.client)(service.envelope());
      if (run > 0) times.push(performance.now() - service.answeredAt); // The first run compiles.
      clearTimeout(timer);
      if (output.Status !== 'PENDING') throw new Error(`It was not suspended: ${JSON.stringify(output)}`);
    }
    report({ 'median of 20, ms': median(times), 'longest, ms': Math.max(...times) });
  },
};
