import type { MortalProcess } from './mortal-functions.ts';

/** An invocation whose handler goes on with a run. */
interface Working {
  readonly process: MortalProcess;
  readonly requestId: string;
  readonly faultsBefore: number;
  /** Another delivery of the same event has taken over. */
  isSuperseded: boolean;
}

interface Effect {
  readonly by: Working;
  /** The table has told that invocation that the step's result is recorded. */
  isRecorded: boolean;
}

/** Sees what handlers do, and says what they must not have done. */
export class Witness {
  readonly violations: string[] = [];
  takeovers = 0;
  readonly #working = new Map<string, Working>();
  readonly #effects = new Map<string, Effect[]>();

  /** Effects so far, repeated ones too. */
  get effects(): number {
    return [...this.#effects.values()].reduce((sum, effects) => sum + effects.length, 0);
  }

  /** Steps that have had their effect. */
  get steps(): number {
    return this.#effects.size;
  }

  begins(arn: string, process: MortalProcess, requestId: string): Working {
    const other = this.#working.get(arn);
    if (other?.process.alive) {
      // Lambda says that an invocation is over by repeating its event; who it says that of can't record any more.
      if (other.requestId !== requestId) this.violations.push(`${arn}: two invocations go on at once`);
      other.isSuperseded = true;
      this.takeovers += 1;
    }
    const working = { process, requestId, faultsBefore: process.faults, isSuperseded: false };
    this.#working.set(arn, working);
    return working;
  }

  ends(arn: string, working: Working): void {
    if (this.#working.get(arn) === working) this.#working.delete(arn);
  }

  /** An effect of a step; the returned function says that it is recorded. */
  effect(arn: string, step: string, by: Working): () => void {
    const key = `${arn} ${step}`;
    const before = this.#effects.get(key) ?? [];
    if (before.some(({ isRecorded }) => isRecorded)) this.violations.push(`${key}: done again after it was recorded`);
    const effect: Effect = { by, isRecorded: false };
    this.#effects.set(key, [...before, effect]);
    return () => {
      if (before.some(({ isRecorded }) => isRecorded)) this.violations.push(`${key}: recorded twice`);
      effect.isRecorded = true;
    };
  }

  /** Effects of invocations that nothing had happened to, and that somebody repeated all the same. */
  get needless(): string[] {
    return [...this.#effects].flatMap(([key, effects]) => {
      const isStruck = ({ by, isRecorded }: Effect): boolean =>
        !isRecorded && (!by.process.alive || by.isSuperseded || by.process.faults > by.faultsBefore);
      return effects.slice(0, -1).every(isStruck) ? [] : [key];
    });
  }
}
