import { BATCHES } from './batches.ts';
import { CALLBACKS } from './callbacks.ts';
import { COMBINATORS } from './combinators.ts';
import { CONDITIONS } from './conditions.ts';
import { CONTEXTS } from './contexts.ts';
import { EXECUTIONS } from './executions.ts';
import { INVOKES } from './invokes.ts';
import { STEPS } from './steps.ts';
import { WAITS } from './waits.ts';
import type { Workflow, Workflows } from './workflow.ts';

const ALL: Workflows = {
  ...STEPS,
  ...WAITS,
  ...CALLBACKS,
  ...CONDITIONS,
  ...INVOKES,
  ...CONTEXTS,
  ...BATCHES,
  ...COMBINATORS,
  ...EXECUTIONS,
};

/** Every operation of the API, its failures and its odd ends: whatever engine runs it, wherever it is kept. */
export const CORPUS: ReadonlyMap<string, Workflow> = new Map(
  Object.entries(ALL).map(([name, workflow]) => [name, typeof workflow === 'function' ? { run: workflow } : workflow]),
);
