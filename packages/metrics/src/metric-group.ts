import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { Passing } from '@middy-durable/core/middleware';
import { copyOf, innerOf } from './instance.ts';
import { splitByPassed } from './split-by-passed.ts';

/** The arguments of `addMetric`. */
export type Metric = Parameters<Metrics['addMetric']>;

interface Pending {
  metric: Metric;
  /** Where in the code it was added: it counts when that does not run again. */
  place: Passing;
}

/**
 * What is published together: metrics with the same dimensions, metadata and timestamp, between two calls of
 * `publishStoredMetrics`. They are kept in an instance of Powertools' own, so that it checks and prints them.
 */
export class MetricGroup {
  /** Metrics added in it, those that an earlier invocation counted included: what the code itself can know. */
  added = 0;
  readonly #metrics: Metrics;
  readonly #original: Metrics;
  #pending: Pending[] = [];
  #timestamp: number | Date | undefined;

  /** @param blank an instance with nothing in it */
  constructor(metrics: Metrics, blank: Metrics) {
    const copy = copyOf(metrics, blank);
    this.#original = Object.getPrototypeOf(copy);
    // Publishing some of the metrics leaves to the others what describes them.
    const keep = (): void => {};
    const clearMetrics = (): void => {
      this.#original.clearMetrics.call(copy);
      if (this.#timestamp !== undefined) this.#original.setTimestamp.call(copy, this.#timestamp);
    };
    this.#metrics = Object.assign(copy, { clearDimensions: keep, clearMetadata: keep, clearMetrics });
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  add(metric: Metric, place: Passing): void {
    this.#pending.push({ metric, place });
  }

  /** Describes the group: `addDimension` and its like. */
  describe(method: 'addDimension' | 'addDimensions' | 'addMetadata', args: unknown[]): void {
    (this.#metrics[method] as (...args: unknown[]) => unknown)(...args);
  }

  setTimestamp(timestamp: number | Date): void {
    this.#metrics.setTimestamp(timestamp);
    this.#timestamp = timestamp;
  }

  clearDimensions(): void {
    this.#original.clearDimensions.call(this.#metrics);
  }

  clearMetadata(): void {
    this.#original.clearMetadata.call(this.#metrics);
  }

  clearMetrics(): void {
    this.#pending = [];
    this.added = 0;
    this.#timestamp = undefined;
    this.#metrics.clearMetrics();
  }

  /** What would be published if all counted now. */
  serialize(): ReturnType<Metrics['serializeMetrics']> {
    try {
      for (const { metric } of this.#pending) this.#metrics.addMetric(...metric);
      return this.#metrics.serializeMetrics();
    } finally {
      this.#metrics.clearMetrics();
    }
  }

  /** Publishes what counts. @param all nothing of the execution runs again */
  publish(all: boolean): void {
    const { counting, waiting } = splitByPassed(this.#pending, all);
    if (counting.length === 0) return;
    this.#pending = waiting;
    const units = new Map<string, string>();
    for (const { metric } of counting) {
      const [name, unit] = metric;
      if ((units.get(name) ?? unit) !== unit) {
        // One document has one unit for each name.
        this.#metrics.publishStoredMetrics();
        units.clear();
      }
      units.set(name, unit);
      this.#metrics.addMetric(...metric);
    }
    if (this.#metrics.hasStoredMetrics()) this.#metrics.publishStoredMetrics();
  }

  /** Fails as Powertools does when nothing was added and something has to be. */
  refuseNothing(): void {
    innerOf(this.#metrics).shouldThrowOnEmptyMetrics = true;
    this.#metrics.publishStoredMetrics();
  }
}
