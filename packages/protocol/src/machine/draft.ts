import type { RunEvent } from '../events.ts';
import { nextRecord } from './operation-record.ts';
import type { OperationRecord, RunState } from './run-state.ts';

/** What the operations would be after the events so far: records of the batch laid over the state, which never changes. */
export class Draft {
  readonly events: RunEvent[] = [];
  readonly #state: RunState;
  readonly #changed = new Map<string, OperationRecord>();

  constructor(state: RunState) {
    this.#state = state;
  }

  get(operationId: string): OperationRecord | undefined {
    return this.#changed.get(operationId) ?? this.#state.operations.get(operationId);
  }

  add(event: RunEvent): void {
    this.events.push(event);
    // The end of the execution is the last event of a batch, so no later update looks at its operation.
    if ('id' in event && event.type !== 'ExecutionStarted') {
      this.#changed.set(event.id, nextRecord(this.get(event.id), event));
    }
  }
}
