import { describeValue } from '../describe-value.ts';
import type { CompletionReason } from '../errors.ts';
import { checkFunction } from '../validation.ts';
import type {
  BatchItemStatus,
  CompletionConfig,
  CompletionDecision,
  CompletionItemStatus,
  CompletionOutcome,
  ThresholdCompletionConfig,
} from './types.ts';

/** The answer of a custom completion: go on. @example continueBatch() // => { complete: false } */
export function continueBatch(): CompletionDecision {
  return { complete: false };
}

/** The answer of a custom completion: enough. @example completeBatch('FAILED') // => { complete: true, outcome: 'FAILED' } */
export function completeBatch(outcome: CompletionOutcome = 'SUCCEEDED'): CompletionDecision {
  return { complete: true, outcome };
}

/** Ends with the first success. @example firstSuccessful() // => { minSuccessful: 1 } */
export function firstSuccessful(): ThresholdCompletionConfig {
  return { minSuccessful: 1 };
}

/** Runs every item, whatever fails. @example allCompleted() // => { toleratedFailurePercentage: 100 } */
export function allCompleted(): ThresholdCompletionConfig {
  return { toleratedFailurePercentage: 100 };
}

/** Ends with the first failure, as without any config. @example allSuccessful() // => { toleratedFailureCount: 0 } */
export function allSuccessful(): ThresholdCompletionConfig {
  return { toleratedFailureCount: 0 };
}

/** Counts what has ended and says when that is enough. A custom completion is asked once for each change, first by `begin`. */
export class Completion {
  readonly #config: CompletionConfig;
  readonly #total: number;
  readonly #names: readonly (string | undefined)[];
  readonly #statuses: (BatchItemStatus | undefined)[] = [];
  #decision: CompletionDecision | undefined;
  successes = 0;
  failures = 0;

  constructor(config: CompletionConfig | undefined, total: number, names: readonly (string | undefined)[]) {
    this.#config = config ?? {};
    this.#total = total;
    this.#names = names;
  }

  begin(): void {
    this.#ask();
  }

  started(index: number): void {
    this.#statuses[index] = 'STARTED';
  }

  ended(index: number, status: 'SUCCEEDED' | 'FAILED'): void {
    this.#statuses[index] = status;
    if (status === 'SUCCEEDED') this.successes++;
    else this.failures++;
    this.#ask();
  }

  /** Whether another item may start. */
  get goesOn(): boolean {
    if (this.#decision) return !this.#decision.complete;
    const { minSuccessful, toleratedFailureCount, toleratedFailurePercentage } = this.#config;
    if (toleratedFailureCount == null && toleratedFailurePercentage == null) {
      return minSuccessful != null || this.failures === 0;
    }
    return !(
      this.failures > (toleratedFailureCount ?? Number.POSITIVE_INFINITY) ||
      this.#share > (toleratedFailurePercentage ?? 100)
    );
  }

  /** Whether the batch has what it wanted. */
  get complete(): boolean {
    if (this.successes + this.failures === this.#total) return true;
    return this.#decision
      ? this.#decision.complete
      : this.successes >= (this.#config.minSuccessful ?? Number.POSITIVE_INFINITY);
  }

  get reason(): CompletionReason {
    if (this.#decision) {
      if (!this.#decision.complete) return 'ALL_COMPLETED';
      return `CUSTOM_COMPLETION_${this.#decision.outcome ?? 'SUCCEEDED'}`;
    }
    if (!this.goesOn) return 'FAILURE_TOLERANCE_EXCEEDED';
    if (this.successes + this.failures === this.#total) return 'ALL_COMPLETED';
    return this.successes >= (this.#config.minSuccessful ?? Number.POSITIVE_INFINITY)
      ? 'MIN_SUCCESSFUL_REACHED'
      : 'ALL_COMPLETED';
  }

  get #share(): number {
    return (this.failures / this.#total) * 100;
  }

  #ask(): void {
    const { shouldComplete } = this.#config;
    if (!shouldComplete) return;
    let items: CompletionItemStatus[] | undefined;
    const listItems = () => this.#listItems();
    const decision = shouldComplete({
      successCount: this.successes,
      failureCount: this.failures,
      completedCount: this.successes + this.failures,
      totalCount: this.#total,
      // Most completions only count: the list is made for those that read it.
      get items() {
        items ??= listItems();
        return items;
      },
    });
    checkDecision(decision);
    this.#decision = decision;
  }

  #listItems(): CompletionItemStatus[] {
    return this.#names.map((name, index) => {
      const status = this.#statuses[index];
      return { index, ...(name !== undefined && { name }), ...(status && { status }) };
    });
  }
}

function checkDecision(decision: CompletionDecision | undefined): void {
  const { complete, outcome } = (decision ?? {}) as { complete?: unknown; outcome?: unknown };
  const fits = typeof complete === 'boolean' && [undefined, 'SUCCEEDED', 'FAILED'].includes(outcome as undefined);
  if (fits) return;
  throw new TypeError(
    `completionConfig.shouldComplete must return continueBatch() or completeBatch(), not a promise; got ${describeValue(decision)}`,
  );
}

/** @throws when a completion can't be right */
export function checkCompletion(config: CompletionConfig | undefined, what: string): void {
  if (config === undefined || config === null) return;
  const { shouldComplete, ...thresholds } = config;
  if (shouldComplete) checkFunction(shouldComplete, what, 'completionConfig.shouldComplete');
  const given = Object.entries(thresholds).filter(([, value]) => value !== undefined && value !== null);
  if (shouldComplete && given.length > 0) {
    throw new TypeError(
      `${what}: completionConfig.shouldComplete is mutually exclusive with minSuccessful, toleratedFailureCount, and ` +
        'toleratedFailurePercentage',
    );
  }
  for (const [key, value] of given) {
    const percentage = key === 'toleratedFailurePercentage';
    const fits = percentage ? (value as number) <= 100 : Number.isInteger(value);
    if (typeof value !== 'number' || !(value >= 0) || !fits) {
      throw new RangeError(
        `${what}: completionConfig.${key} must be ${percentage ? '0 to 100' : 'a whole number, 0 or more'}; got ${value}`,
      );
    }
  }
}
