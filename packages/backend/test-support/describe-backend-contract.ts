import { describe } from '@jest/globals';
import { describeCallFaults } from './call-faults.ts';
import { describeCallLifetimes } from './call-lifetimes.ts';
import { describeCallbacks } from './callbacks.ts';
import { describeChainedInvokes } from './chained-invokes.ts';
import { describeCheckpoints } from './checkpoints.ts';
import { describeCodeChanges } from './code-changes.ts';
import { describeEndings } from './endings.ts';
import { describeExecutions } from './executions.ts';
import { describeFaults } from './faults.ts';
import { describeInvocationFailures } from './invocation-failures.ts';
import { describeInvocations } from './invocations.ts';
import { describeLeases } from './leases.ts';
import { describeLoop } from './loop.ts';
import { describeOrdinaryCalls } from './ordinary-calls.ts';
import { describeOrdinaryEvents } from './ordinary-events.ts';
import { describeRedeliveries } from './redeliveries.ts';
import { describeRedrives } from './redrives.ts';
import { describeSnapshotLoads } from './snapshot-loads.ts';
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
    describeLeases(makeStore);
    describeChainedInvokes(makeStore);
    describeCallLifetimes(makeStore);
    describeOrdinaryCalls(makeStore);
    describeOrdinaryEvents(makeStore);
    describeRedeliveries(makeStore);
    describeRedrives(makeStore);
    describeCodeChanges(makeStore);
    describeFaults(makeStore);
    describeSnapshotLoads(makeStore);
    describeCallFaults(makeStore);
  });
}
