import { describe } from '@jest/globals';
import { describeCallbacks } from './callbacks.ts';
import { describeCheckpoints } from './checkpoints.ts';
import { describeEndings } from './endings.ts';
import { describeExecutions } from './executions.ts';
import { describeFaults } from './faults.ts';
import { describeInvocationFailures } from './invocation-failures.ts';
import { describeInvocations } from './invocations.ts';
import { describeLoop } from './loop.ts';
import { describeStarts } from './starts.ts';
import { describeState } from './state.ts';
import type { MakeStore } from './world.ts';

/**
 * What a backend and a service's loop do over a store, seen from a hand-made function, from outside and in the history.
 * On virtual time: no test waits.
 */
export function describeBackendContract(name: string, makeStore: MakeStore): void {
  describe(`backend contract: ${name}`, () => {
    describeStarts(makeStore);
    describeExecutions(makeStore);
    describeEndings(makeStore);
    describeCheckpoints(makeStore);
    describeState(makeStore);
    describeCallbacks(makeStore);
    describeInvocations(makeStore);
    describeInvocationFailures(makeStore);
    describeLoop(makeStore);
    describeFaults(makeStore);
  });
}
