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
    const note = (at: number | undefined): void => {
      this.#earliest = Math.min(this.#earliest, at ?? Number.POSITIVE_INFINITY);
    };
    return {
      ...store,
      create: async (run) => {
        const answer = await store.create(run);
        if (answer.created && run.leaseUntil === undefined) note(run.dueAt);
        return answer;
      },
      append: async (runId, item, head) => {
        await store.append(runId, item, head);
        // The end of a lease is no hurry; what is due beside a running invocation is something to be started.
        const isUrgent = head.leaseUntil === undefined || (head.dueAt ?? Number.NaN) <= this.#clock.now();
        if (isUrgent) note(head.dueAt);
      },
      settle: async (...outcome) => {
        const settlement = await store.settle(...outcome);
        if (settlement === 'first') note(this.#clock.now());
        return settlement;
      },
    };
  }
}
