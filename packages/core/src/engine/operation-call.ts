import {
  isFinal,
  type OperationAction,
  type OperationType,
  type OperationUpdate,
  type WireOperation,
  type WireTimestamp,
} from '@middy-durable/protocol';
import type { AmbientPlace } from '../ambient/ambient-ids.ts';
import { operationLabel } from '../validation.ts';
import type { Frame, FrameCall } from './frame.ts';
import { type Invocation, never } from './invocation.ts';

/** What identifies an operation, besides its place. */
export interface OperationKind {
  /** How the API and messages call it: `step`. */
  method: string;
  type: OperationType;
  subType: string;
  name: string | undefined;
  /** It writes no record of its own. */
  unrecorded?: boolean | undefined;
  /** Present where it was called by an ambient function: its place in the context then. */
  ambient?: AmbientPlace | undefined;
  /** Present where the whole execution has one record of it, wherever and however often it is called: its id. */
  ownId?: string | undefined;
  /** What plugins are told it is called, where it has no name on record. */
  observedName?: string | undefined;
}

/** One call of a durable operation: its place, its record, and its way to the backend. */
export class OperationCall implements FrameCall {
  readonly invocation: Invocation;
  readonly frame: Frame;
  readonly kind: OperationKind;
  readonly rawId: string;
  readonly id: string;
  /** Wire id of the nearest recorded context around it. */
  readonly parentId: string | undefined;
  /** The record that was there when the operation was called. */
  readonly record: WireOperation | undefined;
  /** A virtual context in which something happened for the first time. */
  hasNewInside = false;
  #waiting = false;
  #subscribed = false;
  #due: number | undefined;

  constructor(
    invocation: Invocation,
    frame: Frame,
    kind: OperationKind,
    place: { rawId: string; id: string; parentId: string | undefined },
  ) {
    this.invocation = invocation;
    this.frame = frame;
    this.kind = kind;
    this.rawId = place.rawId;
    this.id = place.id;
    this.parentId = place.parentId;
    this.record = invocation.log.get(place.id);
  }

  /** False once the code that called was left behind. */
  get live(): boolean {
    return this.frame.live && this.invocation.live;
  }

  /** It was recorded, or will be, after user code was left in the invocation before. */
  get outcomeIsNew(): boolean {
    const { record, invocation } = this;
    if (!record) return false;
    if (!isFinal(record.Status)) return true;
    // Where the backend does not tell: what only the outside can end.
    return invocation.updatedIds?.has(record.Id) ?? (record.Type !== 'STEP' && record.Type !== 'CONTEXT');
  }

  /** As messages name it: `step "charge" (2-1)`. */
  describe(): string {
    return `${operationLabel(this.kind.method, this.kind.name)} (${this.rawId})`;
  }

  /** Records something that nobody waits for. */
  post(action: OperationAction, details?: Partial<OperationUpdate>): void {
    if (!this.live) return;
    const update = this.#update(action, details);
    this.invocation.pipeline.post(update);
    this.#observe(update);
  }

  /** Records something; resolves when it is durable, and never when the code was left behind meanwhile. */
  send(action: OperationAction, details?: Partial<OperationUpdate>): Promise<void> {
    if (!this.live) return never();
    const update = this.#update(action, details);
    return new Promise((durable) => {
      const resolve = () => {
        if (!this.live) return;
        this.#observe(update);
        durable();
      };
      this.invocation.pipeline.deliver(update, { resolve, reject: ignored });
    });
  }

  /**
   * Waits until the record is final, or READY. Only the outside can bring that about: meanwhile the operation is a reason to
   * suspend. @param due when it should be over, where that is known
   */
  async settled(due?: WireTimestamp): Promise<WireOperation> {
    this.#due = due === undefined ? undefined : toMillis(due);
    this.#waiting = true;
    this.frame.waitBegan();
    if (this.#subscribed) this.#poll();
    const record = await this.invocation.log.settled(this.id);
    this.#waiting = false;
    this.frame.waitEnded();
    this.invocation.polling.unwatch(this.id);
    if (!this.live) return never();
    if (record.Status !== 'READY') this.invocation.instrumentation?.operationEnded(this, false);
    return record;
  }

  /** Somebody waits for the outcome in user code: worth asking the backend when it should be over. */
  subscribed(): void {
    this.#subscribed = true;
    if (this.#waiting) this.#poll();
  }

  #observe(update: OperationUpdate): void {
    const { instrumentation } = this.invocation;
    if (!instrumentation) return;
    if (update.Action === 'START') {
      const again = (this.invocation.log.get(this.id)?.StepDetails?.Attempt ?? 0) > 0;
      instrumentation.operationStarted(this, again || this.record !== undefined);
    } else {
      instrumentation.attemptRecorded(this, update);
      if (update.Action !== 'RETRY') instrumentation.operationEnded(this, false, update);
    }
  }

  #poll(): void {
    if (this.live) this.invocation.polling.watch(this.id, this.#due);
  }

  #update(action: OperationAction, details: Partial<OperationUpdate> | undefined): OperationUpdate {
    const { type, subType, name } = this.kind;
    const update: OperationUpdate = { Id: this.id, Type: type, SubType: subType, Action: action, ...details };
    if (this.parentId !== undefined) update.ParentId = this.parentId;
    if (name !== undefined) update.Name = name;
    return update;
  }
}

/** A failed request has ended the invocation, and that tells why: who waits for it is left behind. */
function ignored(): void {}

/** Epoch milliseconds of a moment on the wire. */
export function toMillis(moment: WireTimestamp): number {
  return typeof moment === 'number' ? moment : new Date(moment).getTime();
}
