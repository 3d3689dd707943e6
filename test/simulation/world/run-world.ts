import { createBackend, type ExecutionStore } from '@middy-durable/backend';
import type { ExecutionOperations } from '@middy-durable/protocol';
import { checkHistory } from '../checks/history-checker.ts';
import type { RunChecker } from '../checks/run-checker.ts';
import type { Scenario } from '../scenario.ts';
import { disturb } from './disturbances.ts';
import type { FaultKind } from './fault-plan.ts';
import { Simulation } from './simulation.ts';
import { Trace } from './trace.ts';
import type { Violation } from './world.ts';

/** How an execution ended, as far as it may be compared. */
export interface ExecutionEnd {
  status: string;
  result?: string | undefined;
  error?: { type?: string | undefined; message?: string | undefined } | undefined;
}

/** What came of a world. */
export interface WorldReport {
  ends: Map<string, ExecutionEnd>;
  violation: Violation | undefined;
  faults: ReadonlyMap<FaultKind, number>;
  invocations: number;
  /** Checkpoints that were refused because their token was stale. */
  staleCheckpoints: number;
  /** Operations that have begun, by kind. */
  operations: ReadonlyMap<string, number>;
  steps: number;
  traceHash: number;
  traceTail: string[];
}

/** A world that takes more steps than this never ends. */
const MOST_STEPS = 15_000;
/** Due later than this: only the timeout of the execution, which nobody waits for. */
const FAR_AHEAD = 100 * 86_400_000;
const LONG_SLEEP = 2 * 3_600_000;
/** How often time passes although a call could go through. */
const SLOW_CALLS = 0.02;

/** Lets a world run until nothing in it moves any more, and checks it. */
export async function runWorld(scenario: Scenario, keepTrace: number): Promise<WorldReport> {
  const trace = new Trace(keepTrace);
  const simulation = new Simulation(scenario, trace);
  const { world, storage } = simulation;
  const ends = new Map<string, ExecutionEnd>();
  let steps = 0;
  try {
    for (let left = scenario.services; left > 0; left--) simulation.services.begin();
    for (const name of scenario.executions) simulation.outside.start(name);
    while (!world.violation && (await move(simulation))) {
      if (++steps > MOST_STEPS) world.violate('every execution ends', notEnding(simulation));
    }
    if (!world.violation) await checkEnds(simulation, ends);
    if (!world.violation) await stopServices(simulation);
  } finally {
    await storage.destroy();
  }
  const invocations = [...storage.runs.values()].reduce((sum, run) => sum + run.invocations, 0);
  return {
    ends,
    violation: world.violation,
    faults: world.faults.counts,
    invocations,
    staleCheckpoints: simulation.functions.staleCheckpoints,
    operations: operationsOf(storage.runs.values()),
    steps,
    traceHash: trace.hash,
    traceTail: trace.tail,
  };
}

function operationsOf(runs: Iterable<RunChecker>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { operations } of runs) {
    for (const [kind, times] of operations.kinds) sums.set(kind, (sums.get(kind) ?? 0) + times);
  }
  return sums;
}

async function move(simulation: Simulation): Promise<boolean> {
  const { world } = simulation;
  await disturb(simulation);
  if (!world.faults.over && world.random.chance(SLOW_CALLS) && (await world.pass())) return true;
  if (await world.step()) return true;
  if (onlyLoopsAreLeft(simulation)) {
    const due = (await simulation.storage.storeFor(0).nextDue()) ?? Number.POSITIVE_INFINITY;
    if (due > world.now + FAR_AHEAD) return false;
    // Sleeping loops look again and again: nobody has to watch months of that.
    if (due > world.now + LONG_SLEEP) world.now = due - LONG_SLEEP;
  }
  return world.pass();
}

/** Nothing has a timer but the services' loops. */
function onlyLoopsAreLeft({ world, storage, outside, functions, services }: Simulation): boolean {
  if (!outside.idle || functions.inFlight > 0 || services.alive.length === 0) return false;
  return world.timersOf(undefined) === 0 && storage.runs.size > 0;
}

function notEnding({ storage, functions, outside, world }: Simulation): string {
  const open = [...storage.runs.values()].filter(({ end }) => !end).map(({ run }) => run.name);
  return (
    `after ${MOST_STEPS} steps: open executions [${open}], ${functions.inFlight} invocations without an answer, ` +
    `the outside is ${outside.idle ? 'idle' : 'busy'}, open gates [${world.openGates.slice(0, 5)}]`
  );
}

async function checkEnds(simulation: Simulation, ends: Map<string, ExecutionEnd>): Promise<void> {
  const { storage, scenario, world } = simulation;
  const store = storage.storeFor(0);
  const { executions } = createBackend({ store });
  const report = (name: string) => (rule: string, detail: string) => world.violate(rule, `${name}: ${detail}`);
  for (const name of scenario.executions) {
    const run = storage.named(name);
    if (run === undefined) {
      world.violate('every execution ends', `${name} never began`);
      continue;
    }
    const { Status: status, Result: result, Error: error } = await executions.get(run.run.arn);
    ends.set(name, { status, result, error: error && { type: error.ErrorType, message: error.ErrorMessage } });
    if (status === 'RUNNING' && (run.invocation !== undefined || run.operations.openForEver.length === 0)) {
      world.violate('every execution ends', `${name} is idle, waits for nothing real, and nothing will move it`);
    }
    await checkWritten(store, executions, run, report(name));
  }
  for (const run of storage.runs.values()) {
    const { name, ordinary } = run.run;
    if (/^Execution(Succeeded|Failed)$/.test(run.end?.type ?? '') && !ordinary) {
      simulation.factsOf(name).counts.ended((invocation) => storage.hasUnheard(invocation));
    }
    if (scenario.executions.includes(name)) continue;
    if (run.end === undefined) world.violate('every execution ends', `${run.run.functionName} ${name} was called`);
    if (ordinary) await checkStored(store, run);
    else await checkWritten(store, executions, run, report(name));
  }
}

async function checkWritten(
  store: ExecutionStore,
  executions: ExecutionOperations,
  run: RunChecker,
  report: (rule: string, detail: string) => void,
): Promise<void> {
  await checkStored(store, run);
  const { Events, NextMarker } = await executions.history(run.run.arn, { maxItems: 1000 });
  if (NextMarker === undefined) checkHistory(Events, report);
}

/** What was acknowledged is still there, and nothing else. */
async function checkStored(store: ExecutionStore, run: RunChecker): Promise<void> {
  const written: string[] = [];
  for await (const { writeId } of store.read(run.run.runId)) written.push(writeId);
  const head = await store.head(run.run.runId);
  run.checkStored(written, head);
}

/** What was told to stop ends, and holds nothing afterwards. */
async function stopServices(simulation: Simulation): Promise<void> {
  const { world, services } = simulation;
  // Nobody replaces what dies now. A lost invocation keeps its service until the lease ends.
  world.faults.stop();
  const stopped = services.alive;
  let left = stopped.length;
  for (const { ended, stop } of stopped) {
    ended.then(
      () => left--,
      (error: unknown) => world.violate('services stop', String(error)),
    );
    stop.abort();
  }
  for (let steps = 0; left > 0 && steps < MOST_STEPS; steps++) {
    if (!(await world.step()) && !(await world.pass())) break;
  }
  if (left > 0) world.violate('services stop', `${left} services still run after they were told to stop`);
  for (const { process, clock } of stopped) {
    if (clock.open > 0) world.violate('nothing is left', `${process.name} has stopped and left ${clock.open} timers`);
  }
}
