import {
  type DurableExecutionClient,
  MAX_CHECKPOINT_BYTES,
  MAX_UPDATES_PER_CHECKPOINT,
  type OperationUpdate,
  type Runtime,
  type WireOperation,
} from '@middy-durable/protocol';

/** How long an update that nobody waits for may stay in the queue so that it travels with the next one. Milliseconds. */
export const DEFAULT_HOLD_MS = 10;

const CLOSED = 'The backend takes no more of this invocation: its execution has ended or was paused.';
/** What a request holds besides its updates and tokens. */
const REQUEST_OVERHEAD_BYTES = 300;

export interface PipelineOptions {
  client: DurableExecutionClient;
  /** Sent with every request; undefined where the client takes no such thing. */
  code?: string | undefined;
  arn: string;
  token: string;
  runtime: Runtime;
  holdMs: number;
  /** New records, before the waiters of their request go on. */
  onRecords(operations: WireOperation[]): void;
  /** A request failed, or the backend takes no more: the invocation is over. */
  onFailure(error: unknown): void;
  onClosed(): void;
  /** A request began or ended. */
  onMotion(): void;
}

interface Entry {
  update: OperationUpdate;
  bytes: number;
  done?: Waiter | undefined;
}
/** Who waits for a request. */
export interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The one way out: updates leave in the order in which they were made, one request in flight. `send` is for updates whose
 * durability somebody waits for; `post` is for those that may travel with the next one.
 */
export class CheckpointPipeline {
  readonly #options: PipelineOptions;
  readonly #maxUpdates: number;
  readonly #maxBytes: number;
  /** Random, not derived from the envelope: two deliveries of one envelope must never answer for each other. */
  readonly #clientToken: string;
  readonly #queue: Entry[] = [];
  #refreshes: Waiter[] = [];
  /** Entries of the queue that somebody waits for. */
  #urgent = 0;
  #token: string;
  #requests = 0;
  #closed = false;
  #request: Promise<void> | undefined;
  #scheduled = false;
  #cancelHold: (() => void) | undefined;
  #stopped: { error: unknown } | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#token = options.token;
    this.#maxUpdates = options.client.limits?.maxUpdates ?? MAX_UPDATES_PER_CHECKPOINT;
    this.#maxBytes = options.client.limits?.maxBytes ?? MAX_CHECKPOINT_BYTES;
    this.#clientToken = options.runtime.randomId();
  }

  /** A request is under way or about to leave: the engine moves by itself. */
  get busy(): boolean {
    return this.#request !== undefined || this.#urgent > 0 || this.#refreshes.length > 0;
  }

  /** Nothing is queued and nothing is under way. */
  get idle(): boolean {
    return !this.busy && this.#queue.length === 0;
  }

  /** The backend has said that it takes no more of this invocation. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A request failed, or the invocation is over. */
  get stopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Queues an update that nobody waits for. It leaves with the next request, at the latest when its hold time is over. */
  post(update: OperationUpdate): void {
    if (this.#refusal) return;
    this.#queue.push({ update, bytes: estimateBytes(update) });
    this.#schedule();
  }

  /** Queues an update; resolves when it is durable. */
  send(update: OperationUpdate): Promise<void> {
    return new Promise((resolve, reject) => this.deliver(update, { resolve, reject }));
  }

  /** As `send`, for who brings a waiter of his own. */
  deliver(update: OperationUpdate, done: Waiter): void {
    const refusal = this.#refusal;
    if (refusal) {
      done.reject(refusal.error);
      return;
    }
    this.#urgent++;
    this.#queue.push({ update, bytes: estimateBytes(update), done });
    this.#schedule();
  }

  /** Asks the backend what has changed meanwhile. Any request that leaves from now on answers that too. */
  refresh(): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal;
      if (refusal) return reject(refusal.error);
      this.#refreshes.push({ resolve, reject });
      this.#schedule();
    });
  }

  /** Sends all that is held back, without waiting for it. */
  release(): void {
    this.#pump(true);
  }

  /** Sends all that is queued; resolves when it is durable. */
  async flush(): Promise<void> {
    while (!this.#stopped && !this.#closed && !this.idle) {
      this.#pump(true);
      await this.#request;
    }
    if (this.#stopped) throw this.#stopped.error;
  }

  /** Takes nothing more, rejects who waits, leaves no timer behind. */
  stop(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = { error };
    this.#abandon(error);
  }

  /** Why nothing is taken any more; undefined while something is. */
  get #refusal(): { error: unknown } | undefined {
    return this.#stopped ?? (this.#closed ? { error: new Error(CLOSED) } : undefined);
  }

  /** Nothing of the queue will leave any more. */
  #abandon(error: unknown): void {
    this.#cancelHold?.();
    const waiters = [...this.#queue.flatMap(({ done }) => done ?? []), ...this.#refreshes];
    this.#queue.length = 0;
    this.#refreshes = [];
    this.#urgent = 0;
    for (const waiter of waiters) waiter.reject(error);
  }

  /** Once all that can run without waiting has run, so that what belongs together leaves together. */
  #schedule(): void {
    if (this.#scheduled || this.#request) return;
    this.#scheduled = true;
    process.nextTick(() => {
      this.#scheduled = false;
      this.#pump(this.#options.holdMs === 0);
    });
  }

  #pump(force: boolean): void {
    if (this.#request || this.#stopped || this.#closed) return;
    if (this.#urgent === 0 && this.#refreshes.length === 0) {
      if (this.#queue.length === 0) return;
      if (!force) {
        this.#hold();
        return;
      }
    }
    this.#cancelHold?.();
    this.#cancelHold = undefined;
    this.#request = this.#exchange(this.#take());
  }

  #hold(): void {
    this.#cancelHold ??= this.#options.runtime.schedule(() => {
      this.#cancelHold = undefined;
      this.#pump(true);
    }, this.#options.holdMs);
  }

  /** As many entries from the head of the queue as fit one request; at least one, whatever its size. */
  #take(): Entry[] {
    let count = 0;
    let bytes = REQUEST_OVERHEAD_BYTES + this.#options.arn.length + this.#token.length;
    for (const entry of this.#queue) {
      bytes += entry.bytes;
      if (count > 0 && (count === this.#maxUpdates || bytes > this.#maxBytes)) break;
      if (entry.done) this.#urgent--;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #exchange(batch: Entry[]): Promise<void> {
    const { client, code, arn, onMotion, onRecords, onClosed, onFailure } = this.#options;
    const refreshes = this.#refreshes;
    this.#refreshes = [];
    onMotion();
    try {
      const response = await client.checkpoint({
        DurableExecutionArn: arn,
        CheckpointToken: this.#token,
        Updates: batch.map(({ update }) => update),
        ClientToken: `${this.#clientToken}-${++this.#requests}`,
        ...(code !== undefined && { CodeVersion: code }),
      });
      if (response.CheckpointToken) this.#token = response.CheckpointToken;
      else this.#closed = true;
      onRecords(response.NewExecutionState?.Operations ?? []);
      let marker = response.NewExecutionState?.NextMarker;
      while (marker && !this.#closed) {
        const page = await client.getExecutionState({
          DurableExecutionArn: arn,
          CheckpointToken: this.#token,
          Marker: marker,
        });
        onRecords(page.Operations ?? []);
        marker = page.NextMarker;
      }
    } catch (error) {
      this.#request = undefined;
      // First the invocation learns that it is over, then the waiters: none of them may go on with user code.
      onFailure(error);
      for (const { done } of batch) done?.reject(error);
      for (const waiter of refreshes) waiter.reject(error);
      this.stop(error);
      return;
    }
    this.#request = undefined;
    if (this.#closed) onClosed(); // Before the waiters, as after a failure.
    for (const { done } of batch) done?.resolve();
    for (const waiter of refreshes) waiter.resolve();
    if (this.#closed) return this.#abandon(new Error(CLOSED));
    onMotion();
    this.#schedule();
  }
}

/**
 * Upper bound of an update's size as JSON. Short text is charged at the six bytes that the worst character can take, so
 * that only long text has to be measured.
 */
function estimateBytes(update: OperationUpdate): number {
  const { Payload, Name, Error: error } = update;
  return 300 + textBytes(Payload) + textBytes(Name) + (error ? Buffer.byteLength(JSON.stringify(error)) : 0);
}

function textBytes(text: string | undefined): number {
  if (text === undefined) return 0;
  return text.length < 256 ? text.length * 6 : Buffer.byteLength(JSON.stringify(text));
}
