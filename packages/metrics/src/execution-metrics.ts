import type { Metrics } from '@aws-lambda-powertools/metrics';
import type {
  InvocationObserver,
  InvocationOutcome,
  ObservedInvocation,
  Passing,
} from '@middy-durable/core/middleware';
import { type Metric, MetricGroup } from './metric-group.ts';
import { splitByPassed } from './split-by-passed.ts';

/** A line that a single metric is: printed when it counts. */
interface Line {
  print: () => void;
  place: Passing;
}

/**
 * The metrics of one invocation. One counts when what makes its code run no more is on record: then it is published, at once
 * and before user code goes on; where that never happens in this invocation, a later one runs the code again and counts it.
 */
export class ExecutionMetrics implements InvocationObserver {
  readonly #invocation: ObservedInvocation;
  readonly #newGroup: () => MetricGroup;
  #current: MetricGroup | undefined;
  /** Those that were closed, with metrics that do not count yet. */
  #closed: MetricGroup[] = [];
  #lines: Line[] = [];
  #scheduled = false;

  constructor(invocation: ObservedInvocation, metrics: Metrics, blank: () => Metrics) {
    this.#invocation = invocation;
    this.#newGroup = () => new MetricGroup(metrics, blank());
    invocation.observe(this);
  }

  get group(): MetricGroup {
    this.#current ??= this.#newGroup();
    return this.#current;
  }

  add(metric: Metric): void {
    this.group.added++;
    const place = this.#newPlace();
    if (!place) return;
    this.group.add(metric, place);
    if (place.passed) this.#schedule();
  }

  /** A line that is printed if, and when, the code counts that runs now. */
  addLine(print: () => void): void {
    const place = this.#newPlace();
    if (!place) return;
    this.#lines.push({ print, place });
    if (place.passed) this.#schedule();
  }

  /** What is added from now on is published apart. @param atLeastOne refuses a group in which nothing was added */
  close(atLeastOne: boolean): void {
    const group = this.#current;
    if (atLeastOne && !group?.added && this.#invocation.phase === 'running') this.group.refuseNothing();
    if (group && !group.isEmpty) this.#closed.push(group);
    this.#current = undefined;
  }

  recorded(): void {
    this.#publish(false);
  }

  ended(how: InvocationOutcome): void {
    this.#publish(how === 'SUCCEEDED' || how === 'FAILED');
    this.#current = undefined;
    this.#closed = [];
    this.#lines = [];
  }

  /** Undefined where the code has run before, or is no part of the execution any more. */
  #newPlace(): Passing | undefined {
    if (this.#invocation.phase === 'over') return undefined;
    const place = this.#invocation.place();
    return place.passedBefore ? undefined : place;
  }

  /** Together with what else is added before the code waits. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#publish(false);
    });
  }

  #publish(all: boolean): void {
    const groups = this.#current ? [...this.#closed, this.#current] : this.#closed;
    try {
      for (const group of groups) group.publish(all);
    } finally {
      this.#closed = this.#closed.filter((group) => !group.isEmpty);
      const { counting, waiting } = splitByPassed(this.#lines, all);
      this.#lines = waiting;
      for (const { print } of counting) print();
    }
  }
}
