import type { BenchCase } from '../support/bench-case.ts';
import { bundleOf } from '../support/bundle-of.ts';
import { SPECIFIERS } from '../support/engines.ts';

const exported: Readonly<Record<string, string>> = {
  'one handler': '{ withDurableExecution }',
  everything: '*',
};

export const benchCase: BenchCase = {
  title: 'size of a function that is made of nothing else; one handler at most 12 KB, everything at most 22 KB of gzip',
  rows: () => Object.keys(exported),
  rounds: 1,
  async measure(engine, row, report) {
    const { minified, gzip } = await bundleOf(exported[row] as string, SPECIFIERS[engine]);
    report({ 'gzip, bytes': gzip, 'minified, bytes': minified });
  },
};
