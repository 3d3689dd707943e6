import type { BenchCase } from '../support/bench-case.ts';
import { backends } from './backends.ts';
import { bundle } from './bundle.ts';
import { executionMemory } from './execution-memory.ts';
import { groupCommit } from './group-commit.ts';
import { processEnd } from './process-end.ts';
import { suspendedMemory } from './suspended-memory.ts';
import { suspensionTime } from './suspension-time.ts';
import { yearLongWait } from './year-long-wait.ts';

/** All cases, in the order in which they are printed. */
export const cases: readonly BenchCase[] = [
  suspensionTime,
  processEnd,
  executionMemory,
  suspendedMemory,
  backends,
  groupCommit,
  yearLongWait,
  bundle,
];
