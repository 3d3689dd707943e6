import type { Service } from '@middy-durable/backend';
import { claimOf } from './start-event.ts';
import type { WakeUpSettings, WakeUpSource } from './wake-up-options.ts';
import { TICK_MS } from './wake-up-starter.ts';
import { Waker } from './waker.ts';

export type WakeUpHandlerOptions = WakeUpSource &
  WakeUpSettings & {
    /** Runs that one invocation looks at before it leaves the rest to the next, 1 or more. Default 10,000. */
    limit?: number | undefined;
  };

/** What of a Lambda context is used. */
export interface WakeUpLambdaContext {
  getRemainingTimeInMillis?(): number;
}

/** What an invocation says of itself, for its log. */
export interface WakeUpAnswer {
  /** How long it was there, in milliseconds. */
  stayedMs: number;
}

const DEFAULT_LIMIT = 10_000;
/** Without a Lambda context: longer than anybody stays. */
const UNKNOWN_REMAINING_MS = 900_000;
/** Kept back of the time that Lambda gives, in milliseconds: what was begun is recorded before the end. */
const RESERVE_MS = 6000;
/** After the claim is given up, in milliseconds: by then the index shows what others have written while it was held. */
const LINGER_MS = 1000;

/**
 * Makes the handler of the wake-up function: an ordinary Lambda function, one for a table, on a schedule of one minute. It
 * asks the functions whose executions are due to go on with them, recovers invocations that died, and ends what has timed
 * out. It stays while something falls due before its next tick. Give the function a timeout of 75 seconds or more.
 *
 * Runs are handed over by asynchronous invocations and never waited for. Chained invokes of ordinary functions
 * (`functions: { name: { durable: false } }`) are waited for, so that nothing needs to be set up at those: give the wake-up
 * function a timeout that is longer than theirs. A call that it can't wait for ends as timed out.
 *
 * Any number of invocations may run at once. The handler rejects when the table can't be used at all (no such table, no
 * rights); everything else is reported, and left to the next tick.
 *
 * Throws ValidationException for an option out of range.
 *
 * @example
 * export const handler = createWakeUpHandler({ tableName: 'durable-executions' });
 */
export function createWakeUpHandler(
  options: WakeUpHandlerOptions,
): (event: unknown, context?: WakeUpLambdaContext) => Promise<WakeUpAnswer> {
  const waker = new Waker(options);
  const { limit = DEFAULT_LIMIT } = options;
  // Refuses a number out of range now, and not at the first tick.
  waker.service({ limit });
  return async (event, context) => {
    const began = waker.clock.now();
    const endsAt = began + (context?.getRemainingTimeInMillis?.() ?? UNKNOWN_REMAINING_MS) - RESERVE_MS;
    const shift = new Shift(waker, waker.service({ limit, endsAt }), Math.min(began + TICK_MS, endsAt), claimOf(event));
    await shift.work();
    return { stayedMs: waker.clock.now() - began };
  };
}

/** One invocation of the wake-up function. */
class Shift {
  readonly #waker: Waker;
  readonly #service: Service;
  /** Epoch milliseconds: what falls due later is the next tick's. */
  readonly #until: number;
  #claim: string | undefined;

  constructor(waker: Waker, service: Service, until: number, claim: string | undefined) {
    this.#waker = waker;
    this.#service = service;
    this.#until = until;
    this.#claim = claim;
  }

  async work(): Promise<void> {
    const { clock, items } = this.#waker;
    const end = new AbortController();
    const cancel = clock.schedule(() => end.abort(), Math.max(0, this.#until - clock.now()));
    try {
      await items.beat(clock.now());
      const next = await this.#service.tick();
      this.#waker.deliver(end.signal);
      // Who suspends leaves it to the holder of the claim to see when it is due. So only who stays takes it, and looks again.
      if (this.#claim === undefined && this.#isMine(next)) {
        this.#claim = clock.randomId();
        await items.take(this.#claim, clock.now());
      }
      while (this.#claim !== undefined) {
        await this.#stay(this.#claim, end.signal);
        await this.#lastLook();
      }
    } catch (error) {
      if (!(error as { retryable?: unknown } | undefined)?.retryable) throw error;
      this.#waker.report(error);
    } finally {
      // While somebody has the claim, nobody else is started; what can't be given back expires.
      if (this.#claim !== undefined) await items.release(this.#claim).catch(() => undefined);
      await Promise.all([this.#service.idle(), this.#waker.delivered()]);
      cancel();
    }
  }

  #isMine(next: number | undefined): boolean {
    return next !== undefined && next <= this.#until && this.#waker.clock.now() < this.#until;
  }

  /** Until nothing falls due in time, or another one took over. */
  async #stay(claim: string, signal: AbortSignal): Promise<void> {
    const { items } = this.#waker;
    await this.#service.run({
      signal,
      stays: async (next) => {
        this.#waker.deliver(signal);
        return this.#isMine(next) && (await items.holder().catch(() => claim)) === claim;
      },
    });
    await items.release(claim);
    this.#claim = undefined;
  }

  /** Somebody may have left something to the holder of the claim just when that went. */
  async #lastLook(): Promise<void> {
    const { clock, items } = this.#waker;
    if (clock.now() >= this.#until) return;
    await new Promise<void>((resolve) => clock.schedule(resolve, LINGER_MS));
    if (!this.#isMine(await this.#service.tick())) return;
    this.#claim = clock.randomId();
    if (!(await items.claim(this.#claim, clock.now()))) this.#claim = undefined;
  }
}
