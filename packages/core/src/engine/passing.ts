import { isFinal, operationId, rawOperationId } from '@middy-durable/protocol';
import type { Frame, FrameCall } from './frame.ts';
import type { OperationCall } from './operation-call.ts';
import type { ReplayLog } from './replay-log.ts';

/**
 * A place in the code that tells whether a replay would be past it: whether what ran there is on record, and no later
 * invocation takes it for new.
 */
export interface Passing {
  /** It was when the code came there: the code does again what an earlier invocation has done. */
  readonly passedBefore: boolean;
  readonly passed: boolean;
}

/**
 * Of the code of one context: its operations, as far as they tell where user code is. Only what is called behind a place
 * tells that the code was there: an operation that was made before it may end while no code runs at all.
 */
export class Positions {
  /** Places since the latest call. Made when needed: a step must cost nothing more. */
  #places: Place[] | undefined;

  /** An operation was called: it is the next one after the places before it. */
  called(call: OperationCall): void {
    if (!this.#places) return;
    for (const place of this.#places) place.next = call;
    this.#places = undefined;
  }

  current(log: ReplayLog, frame: Frame, passedBefore: boolean): Passing {
    const latest = this.#places?.at(-1);
    if (latest?.passedBefore === passedBefore) return latest;
    const place = new Place(log, frame, passedBefore);
    this.#places ??= [];
    this.#places.push(place);
    return place;
  }
}

class Place implements Passing {
  readonly passedBefore: boolean;
  /** The first operation that was called after it. */
  next: OperationCall | undefined;
  readonly #log: ReplayLog;
  readonly #frame: Frame;
  #passed: boolean;

  constructor(log: ReplayLog, frame: Frame, passedBefore: boolean) {
    this.#log = log;
    this.#frame = frame;
    this.passedBefore = passedBefore;
    this.#passed = passedBefore;
  }

  get passed(): boolean {
    this.#passed ||= (this.next !== undefined && isRecorded(this.#log, this.next)) || isOver(this.#log, this.#frame);
    return this.#passed;
  }
}

/** The place of a step's body: it is passed when the outcome of that attempt is on record. */
export class BodyPlace implements Passing {
  readonly passedBefore = false;
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
