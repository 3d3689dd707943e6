import { isFinal, operationId, rawOperationId } from '@middy-durable/protocol';
import type { Frame, FrameCall } from './frame.ts';
import type { OperationCall } from './operation-call.ts';
import type { ReplayLog } from './replay-log.ts';

/**
 * A place in the code that tells whether a replay would be past it: whether what ran there is on record, and no later
 * invocation takes it for new.
 */
export interface Passing {
  readonly passed: boolean;
}

/** Of the code of one context: its operations, as far as they tell where user code is. */
export class Positions {
  /** Operations whose outcome user code has not met. Made when needed, as is all here: a step must cost nothing more. */
  #open: Set<{ readonly call: OperationCall }> | undefined;
  /** Places since the latest call. */
  #places: Place[] | undefined;

  /** User code will meet the outcome of `call`; the returned function says that it has. */
  expect(call: OperationCall): () => void {
    this.#open ??= new Set();
    const token = { call }; // One call may have two outcomes: a callback, and its result.
    const open = this.#open.add(token);
    return () => {
      open.delete(token);
    };
  }

  /** An operation was called: it is the next one after the places before it. */
  called(call: OperationCall): void {
    if (!this.#places) return;
    for (const place of this.#places) place.next = call;
    this.#places = undefined;
  }

  current({ invocation, frame }: { invocation: { readonly log: ReplayLog }; frame: Frame }): Passing {
    const open = Array.from(this.#open ?? [], ({ call }) => call);
    const latest = this.#places?.at(-1);
    if (latest?.isWith(open)) return latest;
    const place = new Place(invocation.log, frame, open);
    this.#places ??= [];
    this.#places.push(place);
    return place;
  }
}

class Place implements Passing {
  /** The first operation that was called after it. */
  next: OperationCall | undefined;
  readonly #log: ReplayLog;
  readonly #frame: Frame;
  readonly #open: readonly OperationCall[];
  #passed = false;

  constructor(log: ReplayLog, frame: Frame, open: readonly OperationCall[]) {
    this.#log = log;
    this.#frame = frame;
    this.#open = open;
  }

  isWith(open: readonly OperationCall[]): boolean {
    return open.length === this.#open.length && open.every((call, index) => call === this.#open[index]);
  }

  get passed(): boolean {
    this.#passed ||=
      (this.next !== undefined && isRecorded(this.#log, this.next)) ||
      this.#open.some((call) => isRecorded(this.#log, call)) ||
      isOver(this.#log, this.#frame);
    return this.#passed;
  }
}

/** The place of a step's body: it is passed when the outcome of that attempt is on record. */
export class BodyPlace implements Passing {
  readonly #log: ReplayLog;
  readonly #frame: Frame;
  readonly #call: FrameCall;
  readonly #attempt: number;

  constructor(log: ReplayLog, frame: Frame, call: FrameCall, attempt: number) {
    this.#log = log;
    this.#frame = frame;
    this.#call = call;
    this.#attempt = attempt;
  }

  get passed(): boolean {
    const record = this.#log.get(this.#call.id);
    const over = record && (isFinal(record.Status) || (record.StepDetails?.Attempt ?? 0) >= this.#attempt);
    return over || isOver(this.#log, this.#frame);
  }
}

/** A virtual context has no record of its own: its first operation tells. */
function isRecorded(log: ReplayLog, { id, rawId, kind }: OperationCall): boolean {
  if (log.get(id)) return true;
  return kind.unrecorded === true && log.get(operationId(rawOperationId(rawId, 1))) !== undefined;
}

/** The context of that frame, or one around it, has ended: its function does not run again. */
function isOver(log: ReplayLog, frame: Frame): boolean {
  for (let around: Frame | undefined = frame; around; around = around.parent) {
    const record = around.call && log.get(around.call.id);
    if (record && isFinal(record.Status)) return true;
  }
  return false;
}
