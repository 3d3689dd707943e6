import type { Clock } from '@middy-durable/protocol';
import type { DynamoDBStore } from '../dynamodb-store.ts';

/** When something falls due because of what this process has written, and somebody has to be there. */
export class DueSoon {
  readonly #clock: Clock;
  #earliest = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds of the earliest one since the last call. */
  take(): number {
    const earliest = this.#earliest;
    this.#earliest = Number.POSITIVE_INFINITY;
    return earliest;
  }

  /** The same store, watched: nothing is read for it. */
  watch(store: DynamoDBStore): DynamoDBStore {
    // What fails may have been written all the same. To note too much costs a look at the claim; too little, a minute.
    const noting = async <T>(call: Promise<T>, dueAt: (answer: T | undefined) => number | undefined): Promise<T> => {
      let answer: T | undefined;
      try {
        answer = await call;
        return answer;
      } finally {
        this.#earliest = Math.min(this.#earliest, dueAt(answer) ?? Number.POSITIVE_INFINITY);
      }
    };
    return {
      ...store,
      create: (run) =>
        noting(store.create(run), (answer) => {
          const isNone = answer?.created === false || run.leaseUntil !== undefined;
          return isNone ? undefined : run.dueAt;
        }),
      append: (runId, item, head) =>
        noting(store.append(runId, item, head), () => {
          // The end of a lease is no hurry; what is due beside a running invocation is something to be started.
          const isUrgent = head.leaseUntil === undefined || (head.dueAt ?? Number.NaN) <= this.#clock.now();
          return isUrgent ? head.dueAt : undefined;
        }),
      settle: (...outcome) =>
        noting(store.settle(...outcome), (settlement = 'first') =>
          settlement === 'first' ? this.#clock.now() : undefined,
        ),
    };
  }
}
