import type { LogItem, NewRun, RunHead } from '@middy-durable/backend';
import type { OperationEvent, RunEvent } from '@middy-durable/protocol';
import { OperationOrder } from './operation-order.ts';

type Report = (rule: string, detail: string) => void;

/** What a checkpoint request said, by its client token. */
export interface SentCheckpoint {
  invocationId: string;
  sequence: number;
}

const STATUS: Readonly<Record<string, string>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionStopped: 'STOPPED',
};
/** How far the clock that wrote a moment may be ahead of the one that counts a lease, in milliseconds. */
const LARGEST_SKEW = 60_000;
const NONCE = /"nonce":(\d+)/;

/** Checks the log of one run, item by item, as it is written. Knows nothing of the code that writes it. */
export class RunChecker {
  readonly run: Omit<RunHead, 'sequence' | 'status'>;
  readonly operations: OperationOrder = new OperationOrder();
  /** Numbers of bodies whose result is in the log. */
  readonly recordedNonces: Set<number> = new Set();
  sequence = 0;
  end: Extract<RunEvent, { type: `Execution${string}` }> | undefined;
  /** In flight. Its lease may be renewed, but ends at `leaseUntil` at the earliest. */
  invocation: { id: string; startedAt: number; leaseUntil: number } | undefined;
  invocations = 0;
  #lastAt = 0;
  #lastRequest = '';
  #completed = new Set<string>();
  readonly #writeIds = new Set<string>();
  readonly #report: Report;

  readonly #answered: ReadonlySet<string>;

  /** @param answered ids of the requests whose handler has answered */
  constructor(run: NewRun, answered: ReadonlySet<string>, report: Report) {
    this.#answered = answered;
    this.run = run;
    this.#report = (rule, detail) => report(rule, `run ${run.name}, item ${this.sequence}: ${detail}`);
    this.append(run.firstItem, undefined);
  }

  append(item: LogItem, sent: SentCheckpoint | undefined): void {
    if (item.sequence !== this.sequence + 1) this.#report('dense log', `item ${item.sequence} follows`);
    this.sequence = item.sequence;
    if (this.#writeIds.has(item.writeId))
      this.#report('one item for each write', `write ${item.writeId} is there twice`);
    this.#writeIds.add(item.writeId);
    if (item.clientToken !== undefined) this.#checkpoint(item.sequence, sent);
    if (this.sequence > 1 && item.events.length === 0 && item.clientToken === undefined) {
      this.#report('legal history', 'an item without events that is no checkpoint');
    }
    for (const event of item.events) this.#event(event);
  }

  /** Compares what a store holds at the end with what it has acknowledged. */
  checkStored(written: readonly string[], head: RunHead | undefined): void {
    if (written.join() !== [...this.#writeIds].join()) {
      this.#report(
        'what is acknowledged is stored',
        `${written.length} items are stored, ${this.#writeIds.size} were written`,
      );
    }
    if (head?.sequence !== this.sequence)
      this.#report('what is acknowledged is stored', `the head is at item ${head?.sequence}`);
    const status = this.end === undefined ? 'RUNNING' : STATUS[this.end.type];
    if (head?.status !== status)
      this.#report('what is acknowledged is stored', `the head is ${head?.status}, the log is ${status}`);
  }

  /** Only the newest token of the invocation in flight may write. */
  #checkpoint(sequence: number, sent: SentCheckpoint | undefined): void {
    if (sent === undefined) this.#report('stale tokens never write', 'a checkpoint that nobody sent');
    else if (sent.invocationId !== this.invocation?.id || sent.sequence !== sequence - 1) {
      this.#report(
        'stale tokens never write',
        `a token of ${sent.invocationId} after item ${sent.sequence} wrote; in flight is ${this.invocation?.id}`,
      );
    }
  }

  #event(event: RunEvent): void {
    if (event.at < this.#lastAt)
      this.#report('legal history', `${event.type} is ${this.#lastAt - event.at} ms before the event before it`);
    this.#lastAt = Math.max(this.#lastAt, event.at);
    if (this.sequence === 1 && event.type !== 'ExecutionStarted')
      this.#report('legal history', `begins with ${event.type}`);
    if (event.type === 'ExecutionStarted') {
      if (this.sequence > 1) this.#report('legal history', 'starts twice');
    } else if (event.type === 'InvocationStarted') this.#invocationStarted(event);
    else if (event.type === 'InvocationCompleted') this.#invocationCompleted(event);
    else if (STATUS[event.type] !== undefined) this.#ended(event as NonNullable<RunChecker['end']>);
    else this.#operation(event as OperationEvent);
  }

  #invocationStarted({
    invocationId,
    at,
    leaseUntil,
    livenessMs,
  }: Extract<RunEvent, { type: 'InvocationStarted' }>): void {
    if (this.end) this.#report('legal history', 'an invocation begins after the end');
    if (this.invocation)
      this.#report('one invocation at a time', `${invocationId} begins beside ${this.invocation.id}`);
    this.invocation = {
      id: invocationId,
      startedAt: at,
      // Who froze while it claimed the run has used up its lease: however well it is heard of, that is the end.
      leaseUntil: livenessMs === undefined ? leaseUntil : Math.min(leaseUntil, at + livenessMs - LARGEST_SKEW),
    };
    this.invocations += 1;
  }

  #invocationCompleted(event: Extract<RunEvent, { type: 'InvocationCompleted' }>): void {
    if (event.invocationId !== this.invocation?.id)
      this.#report('legal history', `${event.invocationId} completes and is not in flight`);
    if (this.#completed.has(event.invocationId)) this.#report('legal history', `${event.invocationId} completes twice`);
    if (event.startedAt !== this.invocation?.startedAt)
      this.#report('legal history', 'a wrong start in InvocationCompleted');
    const late = event.at - (this.invocation?.leaseUntil ?? 0);
    if (event.error?.ErrorType === 'Sandbox.Timedout' && late < 0) {
      this.#report('leases hold', `${event.invocationId} is given up ${-late} ms before its lease ends`);
    }
    this.#lastRequest = event.requestId;
    // The call of an ordinary function ends with its invocation, also without an answer.
    if (!event.crashed && !this.run.ordinary && !this.#answered.has(event.requestId)) {
      this.#report('only an answer completes', `${event.invocationId} completes, its handler has not answered`);
    }
    this.#completed.add(event.invocationId);
    this.invocation = undefined;
  }

  #ended(event: NonNullable<RunChecker['end']>): void {
    if (this.end) this.#report('one end', `${event.type} after ${this.end.type}`);
    if (this.run.ordinary && event.type === 'ExecutionSucceeded' && !this.#answered.has(this.#lastRequest)) {
      this.#report('only an answer completes', 'the call succeeds, and its function has not answered');
    }
    this.end = event;
  }

  #operation(event: OperationEvent): void {
    if (this.end) this.#report('legal history', `${event.type} after ${this.end.type}`);
    if (event.id.startsWith('stale')) this.#report('stale tokens never write', `operation ${event.id} was written`);
    const problem = this.operations.problem(event);
    if (problem !== undefined) this.#report('legal history', `operation ${event.id}: ${problem}`);
    if (event.type !== 'StepSucceeded') return;
    const nonce = NONCE.exec(event.result?.slice(0, 60) ?? '')?.[1];
    if (nonce !== undefined) this.recordedNonces.add(Number(nonce));
  }
}
