import { without } from './program/drop.ts';
import { generateProgram } from './program/generate.ts';
import type { Program } from './program/program.ts';
import { derivedSeed } from './random.ts';
import { type Breakage, faultyScenario, quietScenario, type Scenario, type StoreKind } from './scenario.ts';
import { type ExecutionEnd, runWorld, type WorldReport } from './world/run-world.ts';

export interface SeedOptions {
  /** Default: memory, for one seed in eight SQLite. */
  store?: StoreKind | undefined;
  breakage?: Breakage | undefined;
  /** Operations that are left out of the program. */
  drop?: ReadonlySet<string> | undefined;
  /** Runs the world twice and compares. Default: for one seed in ten. */
  twice?: boolean | undefined;
  /** Lines of the trace that are kept. Default 0. */
  keepTrace?: number | undefined;
}

export interface Failure {
  rule: string;
  detail: string;
  /** The world in which it showed. */
  world: 'without faults' | 'with faults' | 'with the same seed again';
}

export interface SeedReport {
  seed: number;
  scenario: Scenario;
  program: Program;
  failure: Failure | undefined;
  expected: ExecutionEnd | undefined;
  faulty: WorldReport | undefined;
  /** Of the world in which it failed, or of the one with faults. */
  traceTail: string[];
}

/** Runs the program of a seed without faults and with them, and compares. */
export async function simulateSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  const { breakage = {}, drop = new Set(), keepTrace = 0 } = options;
  const program = without(generateProgram(seed), drop);
  const store = options.store ?? (derivedSeed(seed, 'store') % 8 === 0 ? 'sqlite' : 'memory');
  const scenario = faultyScenario(seed, program, store, breakage);
  const report: SeedReport = {
    seed,
    scenario,
    program,
    failure: undefined,
    expected: undefined,
    faulty: undefined,
    traceTail: [],
  };

  // The oracle is not broken on purpose: what is expected must be right.
  const oracle = await runWorld(quietScenario(seed, program, {}), keepTrace);
  report.traceTail = oracle.traceTail;
  report.failure = failureOf(oracle, 'without faults');
  if (report.failure) return report;
  report.expected = oracle.ends.get('execution-1') as ExecutionEnd;
  report.failure = misread(report.expected);
  if (report.failure) return report;

  const faulty = await runWorld(scenario, keepTrace);
  report.faulty = faulty;
  report.traceTail = faulty.traceTail;
  report.failure = failureOf(faulty, 'with faults') ?? difference(report.expected, faulty);
  if (report.failure || !(options.twice ?? seed % 10 === 0)) return report;

  const again = await runWorld(scenario, keepTrace);
  if (again.traceHash !== faulty.traceHash) {
    report.failure = {
      rule: 'the same seed gives the same trace',
      detail: `${faulty.steps} steps with hash ${faulty.traceHash}, then ${again.steps} with ${again.traceHash}`,
      world: 'with the same seed again',
    };
  }
  return report;
}

/** Without the filler of large results. */
export function shown(end: ExecutionEnd): string {
  // Pieces of a bounded size: an unbounded repetition over megabytes exhausts the stack.
  return JSON.stringify(end)
    .replace(/x{1024}/g, '')
    .replace(/x{100,1023}/g, '');
}

function failureOf({ violation }: WorldReport, world: Failure['world']): Failure | undefined {
  return violation && { rule: violation.rule, detail: violation.message, world };
}

/** Programs are deterministic and their requests valid: an engine that says otherwise is wrong, in every world alike. */
function misread(expected: ExecutionEnd): Failure | undefined {
  if (!/NonDeterministicExecutionError|Unrecoverable (Execution|Invocation)/.test(JSON.stringify(expected))) {
    return undefined;
  }
  return { rule: 'the engine reads its own records', detail: shown(expected), world: 'without faults' };
}

function difference(expected: ExecutionEnd, { ends, faults }: WorldReport): Failure | undefined {
  for (const [name, end] of ends) {
    if (end.status === 'STOPPED' && faults.has('stop')) continue;
    if (JSON.stringify(end) === JSON.stringify(expected)) continue;
    return {
      rule: 'the same result as without faults',
      detail: `${name} ended as ${shown(end)}, expected was ${shown(expected)}`,
      world: 'with faults',
    };
  }
  return undefined;
}
