import type { Runtime } from '@middy-durable/protocol';
import type { Frame } from './frame.ts';

/** Times that decide when an invocation may be suspended. Milliseconds. */
export interface SuspensionTimes {
  /** All frames are parked, but something keeps the event loop busy: it may yet win a race. Default 20. */
  suspendGrace: number;
  /** A frame may be doing work that nothing shows (crypto, zlib, WebAssembly): how long it is given. Default 100. */
  quietGrace: number;
  /** Longest time that visible plain work keeps an invocation alive, never past one second before the deadline. Default 10,000. */
  plainWorkLimit: number;
}

export const DEFAULT_SUSPENSION_TIMES: SuspensionTimes = { suspendGrace: 20, quietGrace: 100, plainWorkLimit: 10_000 };

/** How often visible work is looked at while a frame is unsure. Milliseconds. */
const LOOK_AGAIN_MS = 10;
/** What is left of an invocation when plain work is cut at the latest. Milliseconds. */
const DEADLINE_RESERVE_MS = 1000;

export interface SuspensionOptions {
  runtime: Runtime;
  times: SuspensionTimes;
  /** False: the invocation is never suspended. */
  enabled: boolean;
  pipeline(): { readonly busy: boolean; readonly idle: boolean; release(): void };
  remainingTime(): number;
  warn(message: string): void;
  /** Nothing can move: end the invocation as PENDING. */
  suspend(): void;
}

/**
 * Decides when an invocation can be suspended: never while the engine itself can move, never when no operation is pending.
 * Counters make every event constant work; frames are only walked to word a warning.
 *
 * A frame is *parked* when it waits for a pending durable promise; otherwise it is *unsure*: it does plain work, or waits for
 * another frame through a plain promise. Resources of the event loop are evidence of plain work, not proof.
 */
export class Suspension {
  readonly #options: SuspensionOptions;
  readonly root: () => Frame;
  #frames = 0;
  #parked = 0;
  #bodies = 0;
  #waiting = 0;
  /** Grows with everything that moves: a decision holds only while it stays the same. */
  #motion = 0;
  #checking = false;
  /** Since when frames are unsure without progress, and when work was last visible in them. */
  #plainWork: { began: number; lastSeen: number } | undefined;
  #cancelTimer: (() => void) | undefined;
  #background: ReadonlyMap<string, number>;
  #done: boolean;

  constructor(options: SuspensionOptions, root: () => Frame) {
    this.#options = options;
    this.root = root;
    this.#done = !options.enabled;
    this.#background = options.runtime.activeResources();
  }

  opened(_frame: Frame): void {
    this.#frames++;
    this.#progressed();
  }

  closed(frame: Frame): void {
    this.#frames--;
    if (frame.parked) this.#parked--;
    this.#bodies -= frame.bodies;
    this.#waiting -= frame.waiting;
    this.#progressed();
  }

  parkedChanged(by: 1 | -1): void {
    this.#parked += by;
    this.#progressed();
  }

  bodiesChanged(by: 1 | -1): void {
    this.#bodies += by;
    this.#progressed();
  }

  waitingChanged(by: 1 | -1): void {
    this.#waiting += by;
    this.#progressed();
  }

  /** A step's body took more than a moment: what it left open (an idle connection) is background from now on. */
  bodyLeftResources(): void {
    // While a frame does plain work, its resources can't be told from the body's.
    if (this.#parked === this.#frames) this.#background = this.#options.runtime.activeResources();
  }

  /** Something moved: decide anew once everything that can run without waiting has run. */
  moved(): void {
    this.#motion++;
    if (this.#checking || !this.#possible()) return;
    this.#checking = true;
    const seen = this.#motion;
    this.#options.runtime.nextTurn(() => {
      this.#checking = false;
      if (this.#motion !== seen) this.moved();
      else this.#decide();
    });
  }

  /** User code got on. A look at the backend is no progress: it gives plain work no more time. */
  #progressed(): void {
    this.#plainWork = undefined;
    this.moved();
  }

  /** Leaves no timer behind. */
  dispose(): void {
    this.#done = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #possible(): boolean {
    return !this.#done && this.#waiting > 0 && this.#bodies === 0 && !this.#options.pipeline().busy;
  }

  #decide(): void {
    if (!this.#possible()) return;
    if (!this.#options.pipeline().idle) this.#options.pipeline().release();
    else if (this.#parked < this.#frames) this.#watchPlainWork();
    else if (!this.#busyWithPlainWork()) this.#suspend();
    else this.#unlessMoved(this.#options.times.suspendGrace, () => this.#suspend());
  }

  /** Some frame is unsure: it gets `quietGrace` since the last visible work, and `plainWorkLimit` in all. */
  #watchPlainWork(): void {
    const { runtime, times } = this.#options;
    const start = runtime.now();
    this.#plainWork ??= { began: start, lastSeen: start };
    const work = this.#plainWork;
    const limit = Math.min(
      work.began + times.plainWorkLimit,
      start + this.#options.remainingTime() - DEADLINE_RESERVE_MS,
    );
    const look = () => {
      const now = runtime.now();
      if (this.#busyWithPlainWork()) work.lastSeen = now;
      const atLimit = now >= limit;
      if (atLimit || now - work.lastSeen >= times.quietGrace) {
        const frame = this.#frameAtWork(atLimit);
        if (frame) this.#options.warn(cutWarning(frame));
        return this.#suspend();
      }
      this.#unlessMoved(LOOK_AGAIN_MS, look);
    };
    look();
  }

  /**
   * The frame that is cut in plain work, as far as one can tell. A frame that still has a subscription may be waiting in
   * `Promise.all`, one beside a parked frame may be waiting for that one: both are ordinary suspensions.
   */
  #frameAtWork(atLimit: boolean): Frame | undefined {
    if (!atLimit && this.#parked > 0) return undefined;
    for (const frame of this.root().tree()) {
      if (!frame.parked && (atLimit || frame.subscriptions === 0)) return frame;
    }
    return undefined;
  }

  #busyWithPlainWork(): boolean {
    const active = this.#options.runtime.activeResources();
    const background = new Map<string, number>();
    let busy = false;
    for (const [kind, count] of active) {
      const before = this.#background.get(kind) ?? 0;
      if (count > before) busy = true;
      // What has ended is background no more: it must not hide what begins later.
      background.set(kind, Math.min(count, before));
    }
    this.#background = background;
    return busy;
  }

  #unlessMoved(ms: number, then: () => void): void {
    const seen = this.#motion;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.runtime.schedule(() => {
      this.#cancelTimer = undefined;
      if (this.#motion === seen && this.#possible()) then();
    }, ms);
  }

  #suspend(): void {
    this.dispose();
    this.#options.suspend();
  }
}

function cutWarning(frame: Frame): string {
  const after = frame.lastCall ? ` after ${frame.lastCall.describe()}` : '';
  return (
    `${frame.call?.describe() ?? 'The handler'} was suspended${after} while it may have been doing work outside a step. ` +
    'That work is lost and runs again when the execution goes on: put it into a step.'
  );
}
