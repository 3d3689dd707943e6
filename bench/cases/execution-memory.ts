import type { BenchCase } from '../support/bench-case.ts';
import { loadEngine } from '../support/engines.ts';
import { liveHeap } from '../support/heap.ts';
import { PlainService } from '../support/plain-service.ts';
import { slope } from '../support/statistics.ts';

const BLOCK = 10_000;

export const benchCase: BenchCase = {
  title: 'live heap over many executions of one step in one process; no growth',
  rows: (full) => [full ? '100000 executions' : '50000 executions'],
  rounds: 1,
  async measure(engine, row, report) {
    const durable = await loadEngine(engine);
    const run = async (): Promise<void> => {
      const service = new PlainService();
      const output = await durable(
        (_event, context) => context.step('add', async () => 1),
        service.client,
      )(service.envelope());
      if (output.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(output));
    };
    const heaps: number[] = [];
    // The first block is warm-up: compiled code and caches come to their size.
    for (let done = -BLOCK; done < Number.parseInt(row, 10); done += BLOCK) {
      for (let index = 0; index < BLOCK; index++) await run();
      heaps.push(await liveHeap());
    }
    report({
      'live heap at the end, MB': (heaps.at(-1) as number) / 2 ** 20,
      'growth for each 10,000, KB': slope(heaps.slice(1)) / 1024,
    });
  },
};
