import type { CodeEvent, OperationEvent, RunEvent } from '../events.ts';
import { isFinal } from '../wire.ts';
import { evolve } from './evolve.ts';
import { type OperationRecord, openRun } from './run-state.ts';

/**
 * What becomes of the operations in a context:
 * - `open`: its body goes on; each one is judged.
 * - `closed`: its outcome stands and nobody reads what is inside; what has ended is kept for the record.
 * - `rebuilt`: its body is run again for its result (`ReplayChildren`) and must find everything as it was.
 * - `dropped`: its body begins anew.
 */
type Treatment = 'open' | 'closed' | 'rebuilt' | 'dropped';

const BATCHES: ReadonlySet<string | undefined> = new Set(['Map', 'Parallel']);

/** What a run begins with: operations, and what is known of the code that called them. */
export type SeedEvent = OperationEvent | CodeEvent;

/**
 * The operations of an ended run with which another one goes on where it failed: their events, as they were, in their
 * order. Completed operations are kept, and a callback or wait with whatever outcome. Unfinished operations begin anew,
 * but for contexts, which stay open with what was completed in them.
 *
 * A failure that something followed in its context was handled by the handler, whose path depends on it: it is kept. At
 * the *frontier*, where nothing was started after it, a failed operation begins anew, and a failed context is open
 * again. Items of a batch don't follow one another: where the batch is open again, so is every item that failed. A
 * batch at the frontier that succeeded with failed items is open again, too: the handler failed on what it saw in it.
 *
 * @param events The whole log of the run, from its start.
 * @param at Epoch milliseconds: now.
 */
export function seedEvents(events: readonly RunEvent[], at: number): SeedEvent[] {
  const operations = new Operations(events);
  const treatments = operations.treatments();
  const seed: SeedEvent[] = [];
  for (const event of events) {
    if (event.type === 'CodeChanged') seed.push(event);
    if (!isOperationEvent(event)) continue;
    if (operations.kept.has(event.id) && !(isContextEnd(event) && goesOn(treatments.get(event.id)))) seed.push(event);
  }
  // What they called goes on for nobody: another run can't be told of its end, and is not to call again.
  for (const id of operations.deserted) {
    seed.push({
      type: 'ChainedInvokeStopped',
      id,
      at,
      error: { ErrorMessage: 'The execution that called it has ended.' },
    });
  }
  return seed;
}

class Operations {
  /** Ids of the operations that go over. */
  readonly kept: Set<string> = new Set();
  /** Chained invokes among them that have no outcome. */
  readonly deserted: string[] = [];
  readonly #records: ReadonlyMap<string, OperationRecord>;
  readonly #executionId: string;
  /** Position in the log of the newest event of an operation. */
  readonly #lastEvent = new Map<string, number>();
  /** Position of the newest start in a context; of the execution's own operations under `undefined`. */
  readonly #newestStart = new Map<string | undefined, number>();
  /** Contexts in which something failed. */
  readonly #withFailure = new Set<string>();
  /** Contexts that hold a callback with an outcome. */
  readonly #answered = new Set<string>();

  constructor(events: readonly RunEvent[]) {
    const [start, ...rest] = events;
    if (start?.type !== 'ExecutionStarted') throw new TypeError('A log to seed from must begin with its start.');
    const state = openRun(start);
    for (const [position, event] of rest.entries()) {
      evolve(state, event);
      if (!isOperationEvent(event)) continue;
      if (!this.#lastEvent.has(event.id)) {
        this.#newestStart.set(state.operations.get(event.id)?.ParentId, position);
      }
      this.#lastEvent.set(event.id, position);
    }
    this.#records = state.operations;
    this.#executionId = state.executionId;
    for (const { ParentId, Type, Status } of this.#records.values()) {
      if (ParentId === undefined || !isFinal(Status)) continue;
      if (Type === 'CALLBACK') this.#answered.add(ParentId);
      if (Status !== 'SUCCEEDED') this.#withFailure.add(ParentId);
    }
  }

  /** Decides on every operation; returns how the kept contexts are treated. */
  treatments(): Map<string, Treatment> {
    const treatments = new Map<string, Treatment>();
    // A parent always stands before its children, so one pass is enough.
    for (const record of this.#records.values()) {
      if (record.Id === this.#executionId) continue;
      const around = record.ParentId === undefined ? 'open' : (treatments.get(record.ParentId) ?? 'dropped');
      if (record.Type === 'CONTEXT') treatments.set(record.Id, this.#context(record, around));
      else if (this.#keeps(record, around)) this.#keep(record);
    }
    return treatments;
  }

  #context(record: OperationRecord, around: Treatment): Treatment {
    if (around === 'dropped') return around;
    this.#keep(record);
    if (around !== 'open') return around;
    if (isFinal(record.Status) && !this.#opensAgain(record)) {
      return record.ContextDetails?.ReplayChildren === true && record.Status === 'SUCCEEDED' ? 'rebuilt' : 'closed';
    }
    // The id of a callback without an answer died with its run: who was given it is given the new one.
    if (record.SubType === 'WaitForCallback' && !this.#answered.has(record.Id)) return 'dropped';
    return 'open';
  }

  #opensAgain(record: OperationRecord): boolean {
    if (record.Status !== 'SUCCEEDED') return this.#isItem(record) || this.#isAtFrontier(record);
    return BATCHES.has(record.SubType) && this.#withFailure.has(record.Id) && this.#isAtFrontier(record);
  }

  #keeps(record: OperationRecord, around: Treatment): boolean {
    if (around === 'dropped') return false;
    if (!isFinal(record.Status)) return around === 'rebuilt';
    if (around !== 'open' || record.Status === 'SUCCEEDED') return true;
    if (record.Type === 'CALLBACK' || record.Type === 'WAIT') return true;
    return !this.#isItem(record) && !this.#isAtFrontier(record);
  }

  #keep({ Id, Type, Status }: OperationRecord): void {
    this.kept.add(Id);
    if (Type === 'CHAINED_INVOKE' && !isFinal(Status)) this.deserted.push(Id);
  }

  /** Directly in a batch: an item, or an operation of an item that has no record of its own. */
  #isItem({ ParentId }: OperationRecord): boolean {
    return ParentId !== undefined && BATCHES.has(this.#records.get(ParentId)?.SubType);
  }

  #isAtFrontier({ Id, ParentId }: OperationRecord): boolean {
    return (this.#newestStart.get(ParentId) ?? 0) <= (this.#lastEvent.get(Id) ?? 0);
  }
}

function isContextEnd({ type }: OperationEvent): boolean {
  return type === 'ContextSucceeded' || type === 'ContextFailed';
}

function goesOn(treatment: Treatment | undefined): boolean {
  return treatment === 'open' || treatment === 'dropped';
}

function isOperationEvent(event: RunEvent): event is OperationEvent {
  return 'id' in event && event.type !== 'ExecutionStarted';
}
