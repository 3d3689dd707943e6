import { isFinal, type WireOperation } from '@middy-durable/protocol';
import { isAmbientId } from '../ambient/ambient-ids.ts';

/**
 * What is known of an execution: its operations by wire id, as loaded and as every answer of the backend updates them.
 * Work per operation is constant, whatever the length of the history.
 */
export class ReplayLog {
  readonly #operations = new Map<string, WireOperation>();
  readonly #waiters = new Map<string, (operation: WireOperation) => void>();
  /** How many ambient operations on record no call has met in this invocation, by the recorded context around them. */
  readonly #unmet = new Map<string | undefined, number>();
  /** Calls come after loading: an ambient record that is first seen after one of them has been called here. */
  #ambientCalled = false;

  get size(): number {
    return this.#operations.size;
  }

  get(id: string): WireOperation | undefined {
    return this.#operations.get(id);
  }

  all(): IterableIterator<WireOperation> {
    return this.#operations.values();
  }

  /** Takes in records from the backend and wakes who waits for one that can go on. */
  merge(operations: Iterable<WireOperation>): void {
    for (const operation of operations) {
      if (!this.#ambientCalled && isAmbientId(operation.Id) && !this.#operations.has(operation.Id)) {
        // A record that went through JSON may say null for what it does not have.
        this.#addUnmet(operation.ParentId ?? undefined, 1);
      }
      this.#operations.set(operation.Id, operation);
      if (this.#waiters.size > 0 && canGoOn(operation)) {
        const wake = this.#waiters.get(operation.Id);
        this.#waiters.delete(operation.Id);
        wake?.(operation);
      }
    }
  }

  /** An ambient function was called, and this is the record of the call, if there is one. */
  met(record: WireOperation | undefined): void {
    this.#ambientCalled = true;
    if (record) this.#addUnmet(record.ParentId ?? undefined, -1);
  }

  /** Whether ambient operations below that context are on record that have not been called in this invocation. */
  hasUnmet(parentId: string | undefined): boolean {
    return this.#unmet.has(parentId);
  }

  /** The code is where it has never been: what it has not called by now it does not call any more. */
  forgetUnmet(parentId: string | undefined): void {
    this.#unmet.delete(parentId);
  }

  /** Resolves with the record once it is final, or READY for its next attempt. One waiter for each operation. */
  settled(id: string): Promise<WireOperation> {
    const operation = this.#operations.get(id);
    if (operation && canGoOn(operation)) return Promise.resolve(operation);
    return new Promise((resolve) => this.#waiters.set(id, resolve));
  }

  #addUnmet(parentId: string | undefined, by: 1 | -1): void {
    const count = (this.#unmet.get(parentId) ?? 0) + by;
    if (count > 0) this.#unmet.set(parentId, count);
    else this.#unmet.delete(parentId);
  }
}

function canGoOn({ Status }: WireOperation): boolean {
  return Status === 'READY' || isFinal(Status);
}
