import type { ExecutionStore } from '@middy-durable/backend';
import { evolve, openRun, parseExecutionArn, type RunEvent, type RunState } from '@middy-durable/protocol';

/** A run as its log tells it. */
export interface RunView {
  readonly state: RunState;
  readonly events: readonly RunEvent[];
}

/** Reads the log of an execution, only what was appended since the last look. */
export class RunReader {
  readonly #store: ExecutionStore;
  readonly runId: string;
  readonly #events: RunEvent[] = [];
  #state: RunState | undefined;
  #sequence = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(store: ExecutionStore, executionArn: string) {
    this.#store = store;
    this.runId = parseExecutionArn(executionArn).id;
  }

  /** The state is the reader's own and moves on with the next look. */
  look(): Promise<RunView> {
    const view = this.#reading.then(() => this.#catchUp());
    this.#reading = view.catch(() => {});
    return view;
  }

  async #catchUp(): Promise<RunView> {
    for await (const { sequence, events } of this.#store.read(this.runId, this.#sequence)) {
      this.#sequence = sequence;
      for (const event of events) {
        this.#events.push(event);
        if (this.#state !== undefined) evolve(this.#state, event);
        else if (event.type === 'ExecutionStarted') this.#state = openRun(event);
      }
    }
    if (this.#state === undefined) throw new Error(`Run ${this.runId} is not in the store: its log is empty.`);
    return { state: this.#state, events: this.#events };
  }
}
