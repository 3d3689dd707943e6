import type { OperationType, WireOperation } from '@middy-durable/protocol';
import { toMillis } from './operation-call.ts';

interface Delivery {
  /** Epoch milliseconds of the moment at which the outcome was recorded. */
  at: number;
  /** No earlier invocation has met it: of the same moment, it comes after those that one has. */
  isNew: boolean;
  /** Order of what was recorded in the same moment. */
  rank: number;
  number: number;
  outcome: Promise<unknown>;
  deliver(): void;
}

/** In one answer of the backend: a context's result did not wait for it, then come results from outside, then steps. */
const RANK: Readonly<Partial<Record<OperationType, number>>> = { CONTEXT: 0, STEP: 2 };

/**
 * Outcomes that are on record are delivered one after the other, in the order in which they were recorded: `Promise.race`
 * and queues that user code wrote go the way they went when it happened. An outcome lines up when somebody waits for it: one
 * that lost a race must not be there before the race has begun.
 */
export class ReplayOrder {
  /** A heap: no entry is due before its parent, at half its index. */
  readonly #heap: Delivery[] = [];
  #count = 0;
  #delivering = false;

  /**
   * What lines the outcome up, and gives it as a promise that waits for its turn. Among those of the same moment it keeps the
   * place of this call. @param moment when it was recorded
   */
  inOrder<T>(
    record: WireOperation,
    moment: WireOperation['EndTimestamp'],
    outcome: Promise<T>,
    isNew = false,
  ): () => Promise<T> {
    const at = moment === undefined ? 0 : toMillis(moment);
    const rank = RANK[record.Type] ?? 1;
    const number = this.#count++;
    return () =>
      new Promise((resolve) => {
        this.#push({ at, isNew, rank, number, outcome, deliver: () => resolve(outcome) });
        this.#schedule();
      });
  }

  /** A tick comes after all that can run without waiting: what one outcome sets off has run before the next one. */
  #schedule(): void {
    if (this.#delivering || this.#heap.length === 0) return;
    this.#delivering = true;
    process.nextTick(() => {
      const next = this.#pop() as Delivery;
      const done = (): void => {
        this.#delivering = false;
        this.#schedule();
      };
      next.deliver();
      next.outcome.then(done, done);
    });
  }

  #push(delivery: Delivery): void {
    const heap = this.#heap;
    let index = heap.push(delivery) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent] as Delivery, delivery)) break;
      heap[index] = heap[parent] as Delivery;
      index = parent;
    }
    heap[index] = delivery;
  }

  #pop(): Delivery | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && before(heap[right] as Delivery, heap[child] as Delivery)) child = right;
      if (before(last, heap[child] as Delivery)) break;
      heap[index] = heap[child] as Delivery;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function before(a: Delivery, b: Delivery): boolean {
  return (a.at - b.at || Number(a.isNew) - Number(b.isNew) || a.rank - b.rank || a.number - b.number) < 0;
}
