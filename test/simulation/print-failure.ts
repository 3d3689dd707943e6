import { printProgram } from './program/print.ts';
import { type SeedReport, shown } from './simulate-seed.ts';

/** Everything that a failing seed shows, with the one command that shows it again. */
export function printFailure(report: SeedReport, dropped: readonly string[]): string {
  const { seed, scenario, program, failure, expected, faulty, traceTail } = report;
  const { program: _program, breakage: _breakage, seed: _seed, ...layout } = scenario;
  const faults = faulty ? [...faulty.faults].map(([kind, times]) => `${times} ${kind}`).join(', ') : 'none';
  return [
    `Seed ${seed} fails ${failure?.world}: ${failure?.rule}`,
    `  ${failure?.detail}`,
    '',
    printProgram(program),
    '',
    `layout ${JSON.stringify(layout)}`,
    `faults ${faults || 'none'}`,
    `without faults ${expected ? shown(expected) : 'no result'}`,
    '',
    'the end of the trace (seconds, process, what happens)',
    ...traceTail.map((line) => `  ${line}`),
    '',
    `again: ${commandFor(seed, scenario.store, dropped)}`,
  ].join('\n');
}

function commandFor(seed: number, store: string, dropped: readonly string[]): string {
  const drop = dropped.length > 0 ? ` --drop ${dropped.join(',')}` : '';
  return `npm run simulate -- --seed ${seed} --store ${store}${drop}`;
}
