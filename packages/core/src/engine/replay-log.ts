import { isFinal, type WireOperation } from '@middy-durable/protocol';

/**
 * What is known of an execution: its operations by wire id, as loaded and as every answer of the backend updates them.
 * Work per operation is constant, whatever the length of the history.
 */
export class ReplayLog {
  readonly #operations = new Map<string, WireOperation>();
  readonly #waiters = new Map<string, (operation: WireOperation) => void>();

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
      this.#operations.set(operation.Id, operation);
      if (this.#waiters.size > 0 && canGoOn(operation)) {
        const wake = this.#waiters.get(operation.Id);
        this.#waiters.delete(operation.Id);
        wake?.(operation);
      }
    }
  }

  /** Resolves with the record once it is final, or READY for its next attempt. One waiter for each operation. */
  settled(id: string): Promise<WireOperation> {
    const operation = this.#operations.get(id);
    if (operation && canGoOn(operation)) return Promise.resolve(operation);
    return new Promise((resolve) => this.#waiters.set(id, resolve));
  }
}

function canGoOn({ Status }: WireOperation): boolean {
  return Status === 'READY' || isFinal(Status);
}
