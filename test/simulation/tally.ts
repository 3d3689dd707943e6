import type { SeedReport } from './simulate-seed.ts';

/** What many seeds came to. Plain data, so that it crosses threads. */
export interface Tally {
  seeds: number;
  executions: number;
  invocations: number;
  steps: number;
  staleCheckpoints: number;
  stores: Record<string, number>;
  ends: Record<string, number>;
  faults: Record<string, number>;
  operations: Record<string, number>;
}

export function emptyTally(): Tally {
  const counts = { seeds: 0, executions: 0, invocations: 0, steps: 0, staleCheckpoints: 0 };
  return { ...counts, stores: {}, ends: {}, faults: {}, operations: {} };
}

/** Counts a seed in. */
export function count(tally: Tally, { scenario, expected, faulty }: SeedReport): void {
  tally.seeds += 1;
  tally.executions += scenario.executions.length;
  add(tally.stores, scenario.store, 1);
  if (expected) add(tally.ends, expected.status, 1);
  if (!faulty) return;
  tally.invocations += faulty.invocations;
  tally.steps += faulty.steps;
  tally.staleCheckpoints += faulty.staleCheckpoints;
  for (const [kind, times] of faulty.faults) add(tally.faults, kind, times);
  for (const [kind, times] of faulty.operations) add(tally.operations, kind, times);
}

export function addTally(tally: Tally, more: Tally): void {
  for (const member of ['seeds', 'executions', 'invocations', 'steps', 'staleCheckpoints'] as const) {
    tally[member] += more[member];
  }
  for (const member of ['stores', 'ends', 'faults', 'operations'] as const) {
    for (const [kind, times] of Object.entries(more[member])) add(tally[member], kind, times);
  }
}

export function printTally(tally: Tally): string {
  const { seeds, executions, invocations, steps, staleCheckpoints, stores, ends, faults, operations } = tally;
  return [
    `${seeds} seeds (${listed(stores)}): ${executions} executions with faults, ${invocations} invocations, ${steps} steps`,
    `ends: ${listed(ends)}`,
    `operations: ${listed(operations)}`,
    `faults: ${listed(faults)}`,
    `${staleCheckpoints} checkpoints were refused because their token was stale`,
  ].join('\n');
}

function add(counts: Record<string, number>, kind: string, times: number): void {
  counts[kind] = (counts[kind] ?? 0) + times;
}

function listed(counts: Record<string, number>): string {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return entries.length === 0 ? 'none' : entries.map(([kind, times]) => `${times} ${kind}`).join(', ');
}
