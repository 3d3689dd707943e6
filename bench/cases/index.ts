import type { BenchCase } from '../support/bench-case.ts';

/** All cases, in the order in which they are printed. Loaded one by one: what one imports would warm up another's process. */
export const cases: Readonly<Record<string, () => Promise<{ readonly benchCase: BenchCase }>>> = {
  'engine-work': () => import('./engine-work.ts'),
  requests: () => import('./requests.ts'),
  suspension: () => import('./suspension.ts'),
  'process-end': () => import('./process-end.ts'),
  'execution-memory': () => import('./execution-memory.ts'),
  'suspended-memory': () => import('./suspended-memory.ts'),
  backends: () => import('./backends.ts'),
  'group-commit': () => import('./group-commit.ts'),
  'dynamodb-cost': () => import('./dynamodb-cost.ts'),
  'dynamodb-throughput': () => import('./dynamodb-throughput.ts'),
  'dynamodb-price': () => import('./dynamodb-price.ts'),
  idempotency: () => import('./idempotency.ts'),
  'year-long-wait': () => import('./year-long-wait.ts'),
  'log-lines': () => import('./log-lines.ts'),
  import: () => import('./import.ts'),
  bundle: () => import('./bundle.ts'),
};

/** @throws Error for a name that no case has */
export async function loadCase(name: string): Promise<BenchCase> {
  const load = cases[name];
  if (!load) throw new Error(`No case is called ${name}; there are ${Object.keys(cases).join(', ')}.`);
  return (await load()).benchCase;
}
