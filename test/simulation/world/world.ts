import { derivedSeed, Random } from '../random.ts';
import type { FaultPlan } from './fault-plan.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Trace } from './trace.ts';

/** A call that waits for the scheduler to let it through. */
export interface Gate {
  process: SimulatedProcess;
  label: string;
  /** Performs the call and hands over its answer. Resolves when all that it does by itself is done. */
  open(): Promise<void> | void;
}

interface Timer {
  due: number;
  order: number;
  /** None for the world's own. */
  process: SimulatedProcess | undefined;
  callback: () => void | Promise<void>;
}

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600_000;

/** Breaks off what is broken or never ends. */
export class Violation extends Error {
  readonly rule: string;
  constructor(rule: string, detail: string) {
    super(detail);
    this.name = 'Violation';
    this.rule = rule;
  }
}

/** Time, and the order in which everything happens: one gate, timer or turn after the other. */
export class World {
  now: number = START;
  readonly faults: FaultPlan;
  readonly random: Random;
  /** The first invariant that broke. */
  violation: Violation | undefined;
  readonly #seed: number;
  readonly #trace: Trace;
  readonly #gates: Gate[] = [];
  readonly #timers: Timer[] = [];
  readonly #turns: { process: SimulatedProcess; callback: () => void }[] = [];
  readonly #checks: (() => void)[] = [];
  #order = 0;
  #processes = 0;

  constructor(seed: number, trace: Trace, faults: FaultPlan) {
    this.#seed = seed;
    this.#trace = trace;
    this.faults = faults;
    this.random = new Random(derivedSeed(seed, 'schedule'));
  }

  spawn(kind: string, immortal = false): SimulatedProcess {
    const number = ++this.#processes;
    const random = new Random(derivedSeed(this.#seed, `process ${number}`));
    const process = new SimulatedProcess(this, kind, number, random, immortal);
    this.note(`${process.name} begins`);
    return process;
  }

  note(line: string): void {
    this.#trace.add(`${((this.now - START) / 1000).toFixed(3)} ${line}`);
  }

  /** An invariant is broken; the first one counts. */
  violate(rule: string, detail: string): void {
    this.note(`VIOLATION ${rule}: ${detail}`);
    this.violation ??= new Violation(rule, detail);
  }

  /** A call of `process` that goes through when the scheduler says so. */
  gate(gate: Gate): void {
    if (gate.process.alive) this.#gates.push(gate);
  }

  schedule(process: SimulatedProcess | undefined, callback: Timer['callback'], ms: number): () => void {
    if (process && !process.alive) return () => {};
    const timer: Timer = { due: this.now + Math.max(0, Math.ceil(ms)), order: ++this.#order, process, callback };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  nextTurn(process: SimulatedProcess, callback: () => void): void {
    if (process.alive) this.#turns.push({ process, callback });
  }

  /** Drops what a dead process holds. Calls that were on their way may still arrive; nobody gets their answers. */
  forget(process: SimulatedProcess): void {
    remove(this.#timers, (timer) => timer.process === process);
    remove(this.#turns, (turn) => turn.process === process);
    remove(this.#gates, (gate) => gate.process === process && !this.random.chance(0.3));
  }

  /** Opens one gate or fires one timer. False when nothing can happen without letting time pass. */
  async step(): Promise<boolean> {
    await this.quiet();
    const gates = this.#gates.filter(({ process }) => process.frozenUntil <= this.now);
    const timer = this.#earliest();
    const due = timer !== undefined && timer.at <= this.now;
    const choices = gates.length + (due ? 1 : 0);
    if (choices === 0) return false;
    const chosen = this.random.whole(0, choices - 1);
    const gate = gates[chosen];
    if (gate === undefined) await this.#fire(timer as { timer: Timer; at: number });
    else {
      this.#gates.splice(this.#gates.indexOf(gate), 1);
      this.note(`${gate.process.name}${gate.process.alive ? '' : ' (dead)'} ${gate.label}`);
      await gate.open();
    }
    await this.quiet();
    return true;
  }

  /** Lets time pass to the next timer and fires it. False when there is none. */
  async pass(): Promise<boolean> {
    const next = this.#earliest();
    if (next === undefined) return false;
    this.now = Math.max(this.now, next.at);
    await this.#fire(next);
    await this.quiet();
    return true;
  }

  get openGates(): readonly string[] {
    return this.#gates.map(({ process, label }) => `${process.name} ${label}`);
  }

  /** Timers of a process, or of the world itself. */
  timersOf(process: SimulatedProcess | undefined): number {
    return this.#timers.filter((timer) => timer.process === process).length;
  }

  /** Calls `check` once everything has run that can run without a gate or a timer. */
  whenQuiet(check: () => void): void {
    this.#checks.push(check);
  }

  /** Lets everything run that can run without a gate or a timer. */
  async quiet(): Promise<void> {
    for (;;) {
      // First all that goes on by itself: a turn of the event loop comes after every microtask.
      await macrotask();
      const turn = this.#turns.shift();
      if (turn === undefined) break;
      if (turn.process.alive) turn.callback();
    }
    for (const check of this.#checks.splice(0)) check();
  }

  /** A frozen process meets its timers when it wakes. */
  #earliest(): { timer: Timer; at: number } | undefined {
    let earliest: { timer: Timer; at: number } | undefined;
    for (const timer of this.#timers) {
      const at = Math.max(timer.due, timer.process?.frozenUntil ?? 0);
      if (earliest === undefined || at < earliest.at || (at === earliest.at && precedes(timer, earliest.timer))) {
        earliest = { timer, at };
      }
    }
    return earliest;
  }

  async #fire({ timer }: { timer: Timer }): Promise<void> {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    this.note(`${timer.process?.name ?? 'world'} timer`);
    await timer.callback();
  }
}

function precedes(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function remove<T>(list: T[], which: (entry: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index--) {
    if (which(list[index] as T)) list.splice(index, 1);
  }
}
