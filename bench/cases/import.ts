import type { BenchCase } from '../support/bench-case.ts';
import { SPECIFIERS } from '../support/engines.ts';

export const benchCase: BenchCase = {
  title: 'import in a cold process, which has loaded no AWS SDK afterwards; at most 3 ms',
  rows: () => ['the package'],
  rounds: 9,
  async measure(engine, _row, report) {
    const begun = performance.now();
    await import(SPECIFIERS[engine]);
    report({ 'time, ms': performance.now() - begun });
  },
};
