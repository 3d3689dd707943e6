import type { WireOperation } from '@middy-durable/protocol';
import type { Frame, Scope } from './frame.ts';
import type { Invocation } from './invocation.ts';
import { toMillis } from './operation-call.ts';

/**
 * Tells whether running code does again what an earlier invocation has done: for lines, counts and spans that are to be there
 * once.
 *
 * Code runs in turns: an outcome is delivered, and all runs that can run without waiting. A context that has more on record
 * has passed where it is. Behind its last record, a turn that an old outcome began has been run to its end if the invocation
 * before answered, or if that or a later one has started or ended something after what the context has met was recorded: a
 * request leaves when the turn is over. Nothing says so of what comes after a wait for something that is not durable, and that is
 * taken for new: done twice rather than lost.
 */
export class Repetition {
  readonly #invocation: Invocation;
  /** Since then nothing but the record has decided what user code does. */
  #onlyOld = true;
  /** The turn that began last: by when it is over, and whether it has been run before. */
  #turn = -1;
  #isCovered = false;
  #lastWritten = 0;
  /** Whether what user code did in the invocation before ended only where it had to wait. */
  afterAnswer = true;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  /** User code begins: the state is loaded, and nothing is added to it yet. */
  begin(): void {
    const { log, envelope, updatedIds } = this.#invocation;
    if (log.size <= 1) {
      this.#onlyOld = false;
      return;
    }
    // Where the backend does not tell: what died is tried again without a change, and what waited is not.
    this.afterAnswer = envelope.AfterAnswer ?? updatedIds?.size !== 0;
    if (!this.afterAnswer) this.#lastWritten = lastWritten(log.all());
    this.#beginTurn(true);
  }

  /** An operation was called that is not on record. */
  calledNew(): void {
    this.#onlyOld = false;
  }

  /** An operation was called that is on record: the request that recorded it left when the turn was over. */
  calledRecorded(): void {
    this.#beginTurn(true);
  }

  /** User code of that frame has met an outcome. */
  delivered({ StartTimestamp, EndTimestamp = StartTimestamp }: WireOperation, isNew: boolean, frame: Frame): void {
    // It may have been there long before the code came to it.
    frame.metUntil = Math.max(frame.metUntil, toMillis(EndTimestamp));
    if (isNew) this.#onlyOld = false;
    else this.#beginTurn(this.afterAnswer || frame.metUntil < this.#lastWritten);
  }

  /** Nothing was waited for since an outcome on record was delivered, or a call made that is on record. */
  get inOldTurn(): boolean {
    return !this.#invocation.ticks.passedSince(this.#turn);
  }

  /** Whether the code in that scope repeats. */
  of({ body, context, departing }: Scope): boolean {
    const { live, runsAgain } = this.#invocation;
    if (departing || body) return false;
    if (!live) return runsAgain;
    if (context.isPassed) return true;
    return this.#onlyOld && this.#isCovered && this.inOldTurn;
  }

  #beginTurn(covered: boolean): void {
    this.#turn = this.#invocation.ticks.mark();
    this.#isCovered = covered;
  }
}

/** When an invocation recorded something last. What the outside ends says nothing about the code. Epoch milliseconds. */
function lastWritten(operations: Iterable<WireOperation>): number {
  let last = 0;
  for (const { Type, StartTimestamp, EndTimestamp } of operations) {
    if (Type === 'EXECUTION') continue;
    last = Math.max(last, toMillis(StartTimestamp));
    if (EndTimestamp !== undefined && EndTimestamp !== null && (Type === 'STEP' || Type === 'CONTEXT')) {
      last = Math.max(last, toMillis(EndTimestamp));
    }
  }
  return last;
}
