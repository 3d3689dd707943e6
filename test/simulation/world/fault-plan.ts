import type { Random } from '../random.ts';
import type { RequestFault } from './struck-requests.ts';

/** What goes wrong, as the trace and the summary name it. */
export type FaultKind =
  | 'crash before a call'
  | 'crash after a call'
  | 'crash with a late call'
  | 'crash'
  | RequestFault
  | 'refused call'
  | 'lost answer'
  | 'duplicated call'
  | 'duplicated delivery'
  | 'lost delivery'
  | 'late delivery'
  | 'zombie'
  | 'clock jump'
  | 'clock skew'
  | 'stale token'
  | 'bad callback id'
  | 'repeated start'
  | 'store reopened'
  | 'stop';

/** Decides what goes wrong. After its budget nothing does any more, so every execution must end. */
export class FaultPlan {
  readonly counts: Map<FaultKind, number> = new Map();
  readonly #random: Random;
  readonly #rate: number;
  #left: number;

  constructor(random: Random, budget: number, rate: number) {
    this.#random = random;
    this.#left = budget;
    this.#rate = rate;
  }

  get over(): boolean {
    return this.#left <= 0;
  }

  /** One of the kinds, or mostly none. `rarity` divides the rate. */
  strike<Kind extends FaultKind>(kinds: readonly Kind[], rarity = 1): Kind | undefined {
    if (this.#left <= 0 || kinds.length === 0 || !this.#random.chance(this.#rate / rarity)) return undefined;
    const kind = this.#random.pick(kinds);
    this.#left -= 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    return kind;
  }

  stop(): void {
    this.#left = 0;
  }
}
