import type { Clock } from '@middy-durable/protocol';
import type { ControlItems } from './control-items.ts';
import type { DueSoon } from './due-soon.ts';
import type { LambdaFunctions } from './lambda-functions.ts';
import type { StartEvent } from './start-event.ts';

/** How often the schedule ticks, in milliseconds: what falls due later than that needs nobody before. */
export const TICK_MS = 60_000;
const BEAT_LOOK_MS = 60_000;
const DEAD_MS = 300_000;
const COMPLAINT_MS = 300_000;

export interface StarterParts {
  clock: Clock;
  items: ControlItems;
  dueSoon: DueSoon;
  tableName: string;
  /** undefined where nobody is to be started. */
  wakeUp: { functionName: string; functions: Pick<LambdaFunctions, 'send'> } | undefined;
}

/** The function's side: sees to it that somebody wakes up what falls due soon. Never fails and never holds an outcome up. */
export class WakeUpStarter {
  readonly #parts: StarterParts;
  #lookedAtBeat = Number.NEGATIVE_INFINITY;
  #starting: Promise<void> = Promise.resolve();
  readonly #complainedAt = new Map<string, number>();

  constructor(parts: StarterParts) {
    this.#parts = parts;
  }

  /** Starts the wake-up function where something falls due before its next tick, and none is there to see it. */
  start(): Promise<void> {
    // Who calls it goes to sleep when this is done, so it waits for the one that is under way, too.
    this.#starting = this.#starting.then(() => this.#startNow());
    return this.#starting;
  }

  /** Says so when an execution suspends and nobody is there to wake it up. At most one read in a minute. */
  async checkBeat(): Promise<void> {
    const { clock, items, tableName } = this.#parts;
    const now = clock.now();
    if (now - this.#lookedAtBeat < BEAT_LOOK_MS) return;
    this.#lookedAtBeat = now;
    try {
      const beat = await items.lastBeat();
      if (beat !== undefined && now - beat < DEAD_MS) return;
      const since = beat === undefined ? 'never ran' : `last ran at ${new Date(beat).toISOString()}`;
      this.#complain(
        'beat',
        `An execution was suspended, but the wake-up function of table ${tableName} ${since}, so nothing will go on with ` +
          'it. Deploy a function with createWakeUpHandler() on this table, with a schedule of rate(1 minute), and look at ' +
          'its errors; or let a process call runWakeUps().',
      );
    } catch {
      // A table that can't be read fails more important calls, and those say so.
    }
  }

  async #startNow(): Promise<void> {
    const { clock, items, dueSoon, wakeUp } = this.#parts;
    const dueAt = dueSoon.take();
    if (wakeUp === undefined || dueAt > clock.now() + TICK_MS) return;
    const claim = clock.randomId();
    try {
      if ((await items.isHeld(clock.now())) || !(await items.claim(claim, clock.now()))) return;
      const event: StartEvent = { middyDurableStart: { claim } };
      await wakeUp.functions.send(wakeUp.functionName, event);
    } catch (error) {
      // The schedule's next tick finds what is due, so this only costs accuracy.
      await items.release(claim).catch(() => undefined);
      this.#complain(
        'start',
        `The wake-up function '${wakeUp.functionName}' could not be started: executions go on up to a minute late. Check ` +
          'wakeUp.functionName, and that this role has lambda:InvokeFunction on it.',
        error,
      );
    }
  }

  #complain(topic: string, message: string, cause?: unknown): void {
    const now = this.#parts.clock.now();
    if (now - (this.#complainedAt.get(topic) ?? Number.NEGATIVE_INFINITY) < COMPLAINT_MS) return;
    this.#complainedAt.set(topic, now);
    if (cause === undefined) console.error(message);
    else console.error(message, cause);
  }
}
