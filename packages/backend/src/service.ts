import {
  type DurableExecutionInvocationInput,
  ResourceNotFoundException,
  type StartExecution,
  ValidationException,
} from '@middy-durable/protocol';
import { BackPressure } from './back-pressure.ts';
import { createBackend, type StoreBackend } from './backend.ts';
import { checkWhole } from './check-whole.ts';
import { type Claim, claimInvocation, type DueRun, dueRun, type LeaseTimes } from './claim.ts';
import { completeInvocation, type InvocationEnd } from './completion.ts';
import { endOfCall } from './end-of-call.ts';
import type { BackendOptions } from './engine.ts';
import type { Functions } from './functions.ts';
import { type HandOver, HandOvers } from './hand-over.ts';
import { keepLease } from './lease.ts';
import { createRetryPolicy, type InvocationRetries, type RetryPolicy } from './retry-policy.ts';

/** What an invocation knows besides its event. */
export interface InvocationContext {
  readonly requestId: string;
  /** Aborted when the invocation has run out of time, or the service is closed. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds at which the invocation has run out of time. */
  readonly deadline: number;
  /**
   * The version of the function on which the run started, and on which it is to be resumed: `$LATEST` or a number. On Lambda
   * it is the `Qualifier`; who has one version of each function need not look at it.
   */
  readonly qualifier: string;
  /** The tenant for whom the function was called; undefined for none. */
  readonly tenantId?: string | undefined;
}

/**
 * Runs a function once and resolves to what it returned. Rejecting means that it did not answer: with its error as an
 * `Error`, as Lambda reports it, or as an error object. A ResourceNotFoundException of `protocol` means that there is
 * no such function, and ends the execution.
 *
 * An ordinary function of `functions` that has no `handler` is called through it too, with its event for an envelope.
 */
export interface Invoke {
  (functionName: string, envelope: DurableExecutionInvocationInput, context: InvocationContext): Promise<unknown>;
  /** The functions that it can run, for chained invokes. */
  readonly functions?: Functions | undefined;
}

export interface LoopOptions {
  invoke: Invoke;
  /** Functions that chained invokes may call, by name, besides those that `invoke` names. Default: none. */
  functions?: Functions | undefined;
  /** Seconds that an invocation may take; after that it counts as dead and another one follows. Default 900. */
  leaseSeconds?: number | undefined;
  /**
   * Seconds after which other processes take over the invocations of one that died: a lease is that long, and is renewed
   * while this process lives. Default: as `leaseSeconds`, without renewals.
   */
  livenessSeconds?: number | undefined;
  /**
   * Asks durable functions to go on with their runs, instead of invoking and waiting for them: each claims the run itself,
   * by `backend.open`, and closes it itself. Calls of ordinary functions are still made with `invoke`. Default: none.
   */
  handOver?: HandOver | undefined;
  /** Epoch milliseconds at which this process ends: calls that are made with `invoke` have until then. Default: never. */
  endsAt?: number | undefined;
  /** Invocations at once; with `handOver`, runs looked at together. Default 10. */
  concurrency?: number | undefined;
  /** Runs looked at before the service leaves the rest to others; then `tick` resolves to undefined, and `run` ends. Default: no limit. */
  limit?: number | undefined;
  /** How often an invocation is repeated that this service finds failed. Default: the backend's. */
  retries?: InvocationRetries | undefined;
  /** Hears of what the loop could not do and will try again. Default: `console.error`. */
  onError?: ((error: unknown, runId?: string) => void) | undefined;
}

/** Either a backend to serve, or what to make one of. */
export type ServiceOptions = LoopOptions & ({ backend: StoreBackend } | BackendOptions);

/** The service's loop: finds runs that are due and invokes their functions. */
export interface Service {
  readonly backend: StoreBackend;
  /** Starts an execution, idempotent by name; the loop invokes it. */
  start(request: StartExecution): Promise<{ DurableExecutionArn: string; created: boolean }>;
  /**
   * Starts an invocation of every run that is due, as far as `concurrency` allows, and doesn't wait for them. Resolves
   * to the moment (epoch milliseconds) at which the next run falls due, undefined when none will by itself, or when it is
   * none of this service's any more (`limit`).
   */
  tick(): Promise<number | undefined>;
  /**
   * Ticks when something falls due or changes, until the signal aborts and the running invocations have ended.
   * `pollSeconds` is how soon the changes of other processes are seen; default 1. `stays` is asked after each tick, with
   * what that returned, whether to go on; default: always.
   */
  run(options: RunOptions): Promise<void>;
  /** Resolves when no invocation of this service runs. */
  idle(): Promise<void>;
  /** Aborts the running invocations, records how they end, and invokes no more. The store stays open. */
  close(): Promise<void>;
}

export interface RunOptions {
  signal: AbortSignal;
  pollSeconds?: number | undefined;
  stays?: ((nextDue: number | undefined) => boolean | Promise<boolean>) | undefined;
}

/** A store that can't take the end of an invocation is asked this often; after that the lease's end recovers the run. */
const COMPLETION_TRIES = 3;

/** Runs asked for together by a loop that hands them over: it needs no free slot for each. */
const HAND_OVER_PAGE = 500;

/** A run that can't be looked at twice is left alone for a second, then twice as long each time, up to five minutes. */
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 300_000;

/**
 * Makes the loop that calls handlers. Several services may work on one store, in several processes: a run is claimed
 * by an append, so one of them invokes it.
 *
 * Throws ValidationException for an option out of range.
 *
 * @example
 * const service = createService({ store: memoryStore(), invoke: (_name, envelope) => handler(envelope) });
 * await service.start({ functionName: 'orders', name: 'order-7', input: '{"id":7}' });
 * await service.tick();
 * await service.idle();
 */
export function createService(options: ServiceOptions): Service {
  const backend = 'backend' in options ? options.backend : createBackend(options);
  return new ServiceLoop(backend, options);
}

class ServiceLoop implements Service {
  readonly backend: StoreBackend;
  readonly #invoke: Invoke;
  readonly #handOvers: HandOvers | undefined;
  readonly #pressure: BackPressure;
  readonly #times: LeaseTimes;
  readonly #concurrency: number;
  #left: number;
  readonly #retry: RetryPolicy;
  /** Runs that could not be looked at (a damaged log): they are tried again, but not at every poll. */
  readonly #resting = new Map<string, { tries: number; until: number }>();
  readonly #onError: (error: unknown, runId?: string) => void;
  readonly #running = new Map<Promise<void>, AbortController>();
  #ticking: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(backend: StoreBackend, options: LoopOptions) {
    if (typeof options.invoke !== 'function') {
      throw new ValidationException(
        `createService: invoke is ${typeof options.invoke}, but must be the function that runs a function.`,
      );
    }
    this.backend = backend;
    this.#invoke = options.invoke;
    const leaseSeconds = checkWhole(options.leaseSeconds ?? 900, 'leaseSeconds', 1, 86_400);
    const livenessSeconds = checkWhole(options.livenessSeconds ?? leaseSeconds, 'livenessSeconds', 1, 86_400);
    this.#times = { leaseMs: leaseSeconds * 1000, livenessMs: livenessSeconds * 1000, endsAt: options.endsAt };
    this.#handOvers = options.handOver && new HandOvers(backend.engine, options.handOver);
    this.#pressure = new BackPressure(backend.engine.clock);
    this.#left =
      options.limit === undefined
        ? Number.POSITIVE_INFINITY
        : checkWhole(options.limit, 'limit', 1, Number.MAX_SAFE_INTEGER);
    this.#concurrency = checkWhole(options.concurrency ?? 10, 'concurrency', 1, Number.MAX_SAFE_INTEGER);
    const { retries } = options;
    this.#retry = retries ? createRetryPolicy(retries, () => backend.engine.clock.randomId()) : backend.engine.retry;
    backend.engine.functions.add({ ...options.invoke.functions, ...options.functions });
    this.#onError = options.onError ?? ((error, runId) => console.error(`Durable run ${runId ?? ''}:`, error));
  }

  start(request: StartExecution): Promise<{ DurableExecutionArn: string; created: boolean }> {
    return this.backend.executions.start(request);
  }

  tick(): Promise<number | undefined> {
    const tick = this.#ticking.then(() => this.#tick());
    this.#ticking = tick.catch(() => undefined);
    return tick;
  }

  async run({ signal, pollSeconds = 1, stays = () => true }: RunOptions): Promise<void> {
    if (!(pollSeconds > 0)) throw new ValidationException(`pollSeconds must be more than 0, not ${pollSeconds}.`);
    const { clock } = this.backend.engine;
    const bell = new Bell();
    const unwatch = this.backend.engine.watch(() => bell.ring());
    const onAbort = (): void => bell.ring();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted && !this.#closed && this.#left > 0) {
        bell.arm();
        const tickedAt = clock.now();
        const next = await this.tick().catch((error: unknown) => {
          if (this.#pressure.isRefusal(error)) this.#pressure.refused();
          this.#report(error);
          return undefined;
        });
        if (signal.aborted || !(await stays(next))) break;
        // What is overdue after a tick could not be done now; only a change or time can help.
        const soonest = next !== undefined && next > tickedAt ? next - clock.now() : Number.POSITIVE_INFINITY;
        const cancel = clock.schedule(() => bell.ring(), Math.max(0, Math.min(soonest, pollSeconds * 1000)));
        if (!signal.aborted && !this.#closed) await bell.rung;
        cancel();
      }
    } finally {
      unwatch();
      signal.removeEventListener('abort', onAbort);
    }
    await this.idle();
  }

  async idle(): Promise<void> {
    await this.#ticking;
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.backend.engine.changed();
    await this.#ticking;
    for (const controller of this.#running.values()) controller.abort(new Error('The service was closed.'));
    await this.idle();
  }

  async #tick(): Promise<number | undefined> {
    const { store, clock } = this.backend.engine;
    const { pausedUntil } = this.#pressure;
    if (pausedUntil !== undefined) return pausedUntil;
    const seen = new Set<string>();
    // Of those, how many were due all the same when last asked for: a store that reads each run it names is asked for few.
    let stillDue = 0;
    while (!this.#halts) {
      const free = this.#handOvers ? Math.min(HAND_OVER_PAGE, this.#left) : this.#concurrency - this.#running.size;
      if (free <= 0) break;
      const limit = free + stillDue;
      const due = await store.due(clock.now(), limit);
      const unseen = due.filter((runId) => !seen.has(runId));
      stillDue = due.length - unseen.length;
      if (unseen.length === 0 && due.length < limit) break;
      const fresh = unseen.slice(0, free);
      for (const runId of fresh) seen.add(runId);
      await this.#beginAll(fresh);
    }
    return this.#pressure.pausedUntil ?? (this.#left > 0 ? store.nextDue() : undefined);
  }

  get #halts(): boolean {
    return this.#closed || this.#left <= 0 || this.#pressure.pausedUntil !== undefined;
  }

  /** One by one, so that slots go by due time; who only asks others to work looks at many together. */
  async #beginAll(runIds: string[]): Promise<void> {
    const rest = runIds.values();
    const work = async (): Promise<void> => {
      while (!this.#halts) {
        const { value: runId } = rest.next();
        if (runId === undefined) return;
        const isResting = this.backend.engine.clock.now() < (this.#resting.get(runId)?.until ?? 0);
        if (!isResting) await this.#begin(runId);
      }
    };
    await Promise.all(Array.from({ length: this.#handOvers ? this.#concurrency : 1 }, work));
  }

  /** A run that can't be looked at must not keep the others waiting. */
  async #begin(runId: string): Promise<void> {
    const { engine } = this.backend;
    // Counted before anything is awaited: others look at the same time.
    this.#left -= 1;
    try {
      if (await this.#handOvers?.isUnderWay(runId)) {
        this.#left += 1;
        return;
      }
      const look = this.#handOvers ? dueRun : claimInvocation;
      const work = await look(engine, this.#retry, runId, this.#times);
      if (work !== undefined) await (isClaim(work) ? this.#start(work) : this.#ask(work));
      this.#resting.delete(runId);
      this.#pressure.succeeded();
    } catch (error) {
      this.#failed(runId, error);
    }
  }

  #failed(runId: string, error: unknown): void {
    const { clock } = this.backend.engine;
    if (this.#pressure.isRefusal(error)) {
      if (this.#pressure.pausedUntil !== undefined) return;
      this.#pressure.refused();
    } else {
      const tries = (this.#resting.get(runId)?.tries ?? 0) + 1;
      // Once may be a passing fault of the store.
      const restMs = tries === 1 ? 0 : Math.min(FIRST_REST_MS * 2 ** (tries - 2), LONGEST_REST_MS);
      this.#resting.set(runId, { tries, until: clock.now() + restMs });
    }
    this.#report(error, runId);
  }

  #start(claim: Claim): void {
    const controller = new AbortController();
    const invocation: Promise<void> = this.#perform(claim, controller).finally(() => {
      this.#running.delete(invocation);
      this.backend.engine.changed();
    });
    this.#running.set(invocation, controller);
  }

  async #ask(run: DueRun): Promise<void> {
    try {
      await this.#handOvers?.ask(run);
    } catch (failure) {
      if (!(failure instanceof ResourceNotFoundException)) throw failure;
      // There is nobody to claim it, so it is claimed here, and ends as every invocation that finds no function.
      const claim = await claimInvocation(this.backend.engine, this.#retry, run.runId, this.#times);
      if (claim !== undefined) await this.#record(claim, { failure });
    }
  }

  async #perform(claim: Claim, controller: AbortController): Promise<void> {
    const endLease = keepLease(this.backend.engine, claim, (error) => this.#report(error, claim.runId));
    const end = await endOfCall(this.backend.engine, this.#invoke, claim, controller);
    await endLease();
    await this.#record(claim, end);
  }

  async #record(claim: Claim, end: InvocationEnd): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await completeInvocation(this.backend.engine, this.#retry, claim.runId, claim.invocationId, end);
      } catch (error) {
        if (tries >= COMPLETION_TRIES) return this.#report(error, claim.runId);
      }
    }
  }

  #report(error: unknown, runId?: string): void {
    try {
      this.#onError(error, runId);
    } catch {
      // A listener that fails can't stop the loop.
    }
  }
}

function isClaim(work: Claim | DueRun): work is Claim {
  return 'invocationId' in work;
}

/** Something to sleep on: rung before the sleep begins, it ends it at once. */
class Bell {
  rung: Promise<void> = Promise.resolve();
  ring: () => void = () => {};

  arm(): void {
    this.rung = new Promise((resolve) => {
      this.ring = resolve;
    });
  }
}
