import type { DueRun } from './claim.ts';
import type { Engine } from './engine.ts';
import type { WakeUpEvent } from './ordinary/wake-up-event.ts';

/**
 * Asks a function, in the version that a run of it started on, to go on with that run, and resolves when the question is
 * on its way: nobody waits for the run. Rejects with a ResourceNotFoundException of `protocol` when there is no such
 * function, which ends the execution, and with an error that has `retryable: true` when asking is refused for now.
 */
export type HandOver = (functionName: string, event: WakeUpEvent, context: HandOverContext) => Promise<void>;

export interface HandOverContext {
  /** The version that the run started on. */
  qualifier: string;
  /** The tenant for whom it was called; undefined for none. */
  tenantId: string | undefined;
}

/** How long a function has to take a run before it is asked again, in milliseconds. Lambda keeps and repeats what it was given. */
const ASK_AGAIN_MS = 300_000;
/** A run that is not taken by then is put off in the store too, so that other processes don't ask at every look. */
const USUAL_MS = 2000;

interface Asked {
  sequence: number;
  at: number;
  /** Still to be put off in the store; a settled outside item can't be. */
  toBePutOff: boolean;
}

/** The runs that this process has handed over and that were not taken yet. A memory only: asking twice is harmless. */
export class HandOvers {
  readonly #engine: Engine;
  readonly #handOver: HandOver;
  readonly #asked = new Map<string, Asked>();

  constructor(engine: Engine, handOver: HandOver) {
    this.#engine = engine;
    this.#handOver = handOver;
  }

  /** Whether the run was handed over a while ago, and nobody has written it since. */
  async isUnderWay(runId: string): Promise<boolean> {
    const asked = this.#asked.get(runId);
    if (asked === undefined) return false;
    const { store, clock } = this.#engine;
    const age = clock.now() - asked.at;
    const head = age < ASK_AGAIN_MS ? await store.head(runId) : undefined;
    if (head?.sequence !== asked.sequence) {
      this.#asked.delete(runId);
      return false;
    }
    if (asked.toBePutOff && age >= USUAL_MS) {
      await store.reschedule(runId, asked.sequence, asked.at + ASK_AGAIN_MS);
      asked.toBePutOff = false;
    }
    return true;
  }

  async ask({ runId, functionName, qualifier, tenantId, event, byTimer }: DueRun): Promise<void> {
    await this.#handOver(functionName, event, { qualifier, tenantId });
    const now = this.#engine.clock.now();
    const { sequence } = event.middyDurableWakeUp;
    this.#asked.set(runId, { sequence, at: now, toBePutOff: byTimer });
    // The map is in order of asking.
    for (const [other, { at }] of this.#asked) {
      if (now - at < ASK_AGAIN_MS) break;
      this.#asked.delete(other);
    }
  }
}
