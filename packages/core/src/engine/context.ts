import { isFinal, operationId, rawOperationId, type WireOperation } from '@middy-durable/protocol';
import { AmbientIds } from '../ambient/ambient-ids.ts';
import { map } from '../batch/map.ts';
import { parallel } from '../batch/parallel.ts';
import type { BatchResult } from '../batch/types.ts';
import { DurablePromise } from '../durable-promise.ts';
import type { Duration } from '../duration.ts';
import type { LambdaContext } from '../lambda-context.ts';
import { LambdaMembers, ownLambdaFields } from '../lambda-members.ts';
import type { DurableContextLogger, DurableLogger, LoggerConfig } from '../logging/types.ts';
import { callback } from '../operations/callback.ts';
import { childContext } from '../operations/child-context.ts';
import { type Combinator, combine } from '../operations/combinators.ts';
import { invoke } from '../operations/invoke.ts';
import { recordedNow } from '../operations/now.ts';
import { step } from '../operations/step.ts';
import { version } from '../operations/version.ts';
import { wait } from '../operations/wait.ts';
import { waitForCallback } from '../operations/wait-for-callback.ts';
import { waitForCondition } from '../operations/wait-for-condition.ts';
import type { SerdesConfig } from '../serdes.ts';
import type {
  ChildConfig,
  ChildFunc,
  CreateCallbackConfig,
  CreateCallbackResult,
  DurableContext,
  DurableExecutionContext,
  InvokeConfig,
  MapConfig,
  MapFunc,
  NamedParallelBranch,
  ParallelConfig,
  ParallelFunc,
  StepConfig,
  StepFunc,
  WaitForCallbackConfig,
  WaitForCallbackSubmitterFunc,
  WaitForConditionCheckFunc,
  WaitForConditionConfig,
} from '../types.ts';
import { checkName } from '../validation.ts';
import { divergence, misuse } from './call-checks.ts';
import type { ContextSettings } from './context-settings.ts';
import { Frame } from './frame.ts';
import { type Invocation, never } from './invocation.ts';
import { OperationCall, type OperationKind } from './operation-call.ts';
import { type Passing, Positions } from './passing.ts';
import { Seeded } from './seeded.ts';

/** The mark by which other packages know a durable context, whichever copy of a package made it. */
const DURABLE_CONTEXT_BRAND = Symbol.for('@aws/durable-execution-sdk-js/durable-context');

export interface ContextPlace {
  invocation: Invocation;
  frame: Frame;
  /** Raw id of the context's own operation; empty for the root. */
  rawId: string;
  /** Wire id of the nearest recorded context, this one included; undefined below the root. */
  recordId: string | undefined;
  settings: ContextSettings;
  execution: DurableExecutionContext;
  /** Of a virtual context the call that opened it: nothing on record says of that whether it ended before. */
  opener?: OperationCall | undefined;
  /** The context has ended in an earlier invocation and runs again only to rebuild a large result. */
  rebuilding: boolean;
  /** Levels of child contexts, this one included, whose operations stay in the state after they ended. */
  keptLevels: number;
}

/** The context that user code calls: claims ids in call order, checks each call against its record, starts the operation. */
export class Context extends LambdaMembers implements DurableContext {
  readonly #place: ContextPlace;
  #seeded: Seeded | undefined;
  /** Operations on record whose outcome user code has not met: what stands before that has run in an earlier invocation. */
  #expected: Set<object> | undefined;
  readonly #positions: Positions = new Positions();
  #calls = 0;
  #ambientIds: AmbientIds | undefined;
  #logger: { base: DurableLogger; wrapped: DurableContextLogger } | undefined;
  #abort: AbortController | undefined;

  static {
    Object.defineProperty(Context.prototype, DURABLE_CONTEXT_BRAND, { value: true });
  }

  constructor(place: ContextPlace) {
    super();
    this.#place = place;
    place.settings.announce(place.invocation);
    if (place.rawId === '') ownLambdaFields(this);
  }

  get [Symbol.toStringTag](): 'DurableContext' {
    return 'DurableContext';
  }

  get lambdaContext(): LambdaContext {
    // Lambda gives a whole one; who calls the handler with less knows what its code reads.
    return this.#place.invocation.deadlineView.lambdaContext as LambdaContext;
  }

  get getRemainingTimeInMillis(): () => number {
    return this.#place.invocation.deadlineView.getRemainingTimeInMillis as () => number;
  }

  get executionContext(): DurableExecutionContext {
    return this.#place.execution;
  }

  get logger(): DurableContextLogger {
    const base = this.#place.settings.logger(this.#place.invocation);
    if (this.#logger?.base !== base) {
      this.#logger = { base, wrapped: this.#place.settings.modeAware(base, this) };
    }
    return this.#logger.wrapped;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#place.frame.onEnd(() => abort.abort());
    }
    return this.#abort.signal;
  }

  get isReplaying(): boolean {
    return this.#hasMoreOnRecord || !!this.#expected?.size;
  }

  /**
   * It has been further than here in an earlier invocation. A call whose outcome it has not met says so only where that one
   * ended by itself, and until something else is waited for: nobody has to meet it. @internal
   */
  get isPassed(): boolean {
    if (this.#hasMoreOnRecord) return true;
    const { repetition } = this.#place.invocation;
    return !!this.#expected?.size && repetition.afterAnswer && repetition.inOldTurn;
  }

  /** Read by Powertools idempotency. */
  get durableExecutionMode(): 'ReplaySucceededContext' | 'ReplayMode' | 'ExecutionMode' {
    if (this.#place.rebuilding) return 'ReplaySucceededContext';
    return this.isReplaying ? 'ReplayMode' : 'ExecutionMode';
  }

  step<T>(...args: Args<[StepFunc<T>, (StepConfig<T> | undefined)?]>): DurablePromise<T> {
    const [name, fn, config] = named(args);
    return step(this, name, fn, config);
  }

  wait(...args: Args<[Duration]>): DurablePromise<void> {
    const [name, duration] = named(args);
    return wait(this, name, duration);
  }

  createCallback<T = string>(
    ...args: Args<[(CreateCallbackConfig<T> | undefined)?]>
  ): DurablePromise<CreateCallbackResult<T>> {
    const [name, config] = named(args);
    return callback(this, name, config);
  }

  waitForCallback<T = string>(
    ...args: Args<[WaitForCallbackSubmitterFunc, (WaitForCallbackConfig<T> | undefined)?]>
  ): DurablePromise<T> {
    const [name, submitter, config] = named(args);
    return waitForCallback(this, name, submitter, config);
  }

  runInChildContext<T>(...args: Args<[ChildFunc<T>, (ChildConfig<T> | undefined)?]>): DurablePromise<T> {
    const [name, fn, config] = named(args);
    // User code sees the child, not the engine's side of it.
    const body = typeof fn === 'function' ? (child: Context) => fn(child) : fn;
    return childContext<T>(this, name, body, config);
  }

  waitForCondition<T>(...args: Args<[WaitForConditionCheckFunc<T>, WaitForConditionConfig<T>]>): DurablePromise<T> {
    const [name, check, config] = named(args);
    return waitForCondition(this, name, check, config);
  }

  invoke<I, O>(
    ...args:
      | [string | undefined, string, I?, (InvokeConfig<I, O> | undefined)?]
      | [string, I?, (InvokeConfig<I, O> | undefined)?]
  ): DurablePromise<O> {
    // Two strings are a name and a function, also where the second was meant as input: records of the official SDK say so.
    const [name, functionId, input, config] = (typeof args[1] === 'string' ? args : [undefined, ...args]) as [
      string | undefined,
      string,
      I?,
      InvokeConfig<I, O>?,
    ];
    return invoke(this, name, functionId, input, config);
  }

  map<I, O>(...args: Args<[I[], MapFunc<I, O>, (MapConfig<I, O> | undefined)?]>): DurablePromise<BatchResult<O>> {
    const [name, items, fn, config] = named(args);
    return map(this, name, items, fn, config);
  }

  parallel<T>(
    ...args: Args<[readonly (ParallelFunc<T> | NamedParallelBranch<T>)[], (ParallelConfig<T> | undefined)?]>
  ): DurablePromise<BatchResult<T>> {
    const [name, branches, config] = named(args);
    return parallel(this, name, branches, config);
  }

  get promise(): DurableContext['promise'] {
    const by =
      (combinator: Combinator) =>
      (...args: Args<[DurablePromise<unknown>[]]>): DurablePromise<never> =>
        combine(this, combinator, ...named(args));
    return { all: by('all'), allSettled: by('allSettled'), any: by('any'), race: by('race') };
  }

  now(): DurablePromise<Date> {
    return recordedNow(this);
  }

  version(changeId: string): DurablePromise<boolean> {
    return version(this, changeId);
  }

  random(): number {
    return this.#values.random();
  }

  uuid(): string {
    return this.#values.uuid();
  }

  configureLogger(config: LoggerConfig): void {
    this.#place.settings.configureLogger(config, this.#place.invocation);
    this.#logger = undefined;
  }

  configureSerdes(config: SerdesConfig): void {
    this.#place.settings.configureSerdes(config);
  }

  /** @internal */
  get invocation(): Invocation {
    return this.#place.invocation;
  }

  /** @internal */
  get settings(): ContextSettings {
    return this.#place.settings;
  }

  /**
   * Begins an operation: the one door through which every durable call goes.
   * @internal
   * @param describe says what it is, or throws when the arguments can't be right: that rejects only this call, which then
   *   claims no id and sends nothing
   * @param run its work; what it returns is the outcome
   */
  operate<T>(describe: () => OperationKind, run: (call: OperationCall) => Promise<T>): DurablePromise<T> {
    let called: OperationCall | undefined;
    const outcome = this.#begin(describe, (call) => {
      called = call;
      return run(call);
    });
    // The call of createCallback is over when there is a callback; its result is a promise of its own.
    const isNew = called?.kind.type !== 'CALLBACK' && called?.outcomeIsNew === true;
    return DurablePromise.of(outcome, this.#place.frame, called, called && this.expect(called, isNew));
  }

  /**
   * User code will meet an outcome; the returned function says that it has. While one on record is to be met, the context
   * replays. One that it can't have met in an earlier invocation, which `isNew` says, ends the replay. @internal
   */
  expect(call: OperationCall, isNew: boolean): () => void {
    if (!this.#isRecorded(call)) return () => {};
    const token = {};
    this.#expected ??= new Set();
    const expected = this.#expected.add(token);
    return () => {
      // A virtual context is over when what is in it is.
      const { invocation, frame } = this.#place;
      if (call.record) invocation.repetition.delivered(call.record, isNew, frame);
      if (isNew || call.hasNewInside) this.#leaveReplay();
      else expected.delete(token);
    };
  }

  /** Where the code is that runs now. @internal */
  position(): Passing {
    return this.#positions.current(this.#place.invocation.log, this.#place.frame, this.#hasMoreOnRecord);
  }

  /** As `operate`, for the engine's own use: who waits for the outcome is not counted. @internal */
  perform<T>(describe: () => OperationKind, run: (call: OperationCall) => Promise<T>): Promise<T> {
    const outcome = this.#begin(describe, run);
    return typeof outcome === 'function' ? unawaited(outcome()) : outcome;
  }

  /** The outcome; of one on record, what lines it up for its turn. */
  #begin<T>(describe: () => OperationKind, run: (call: OperationCall) => Promise<T>): Outcome<T> {
    const { invocation, frame } = this.#place;
    if (!this.live) return never();
    let kind: OperationKind;
    try {
      kind = describe();
      checkName(kind.name, kind.method);
    } catch (error) {
      return unawaited(Promise.reject(error));
    }
    const call = this.#claim(kind);
    const fault = misuse(frame, kind.method) ?? divergence(call, this.#place.rebuilding);
    if (fault) {
      invocation.end({ kind: 'fail', error: fault });
      return never();
    }
    // It was in flight when the finished context returned: its outcome did not matter then and does not now. A callback was
    // there by then; only its result was in flight.
    if (this.rebuilding && call.record && kind.type !== 'CALLBACK' && !isFinal(call.record.Status)) return never();
    frame.lastCall = call;
    if (call.record) invocation.repetition.calledRecorded();
    else if (!kind.unrecorded && !kind.ownId) invocation.repetition.calledNew();
    if (!kind.ownId && !this.#isRecorded(call)) this.#leaveReplay();
    if (call.record) invocation.instrumentation?.operationReached(call, isFinal(call.record.Status));
    return replayed(call, unawaited(run(call)));
  }

  /** What is on record at the next position; of a virtual context its first operation. @internal */
  get nextRecord(): WireOperation | undefined {
    const next = rawOperationId(this.#place.rawId, this.#calls + 1);
    return this.#recordOf(next) ?? this.#recordOf(rawOperationId(next, 1));
  }

  /** Leaves out an id: of an item that is not run again. @internal */
  skip(): void {
    this.#calls++;
  }

  /** The place of a child context that the call `call` opens. @internal */
  child(call: OperationCall, options: { virtual: boolean; rebuilding: boolean }): Context {
    const { invocation, frame, recordId, settings, execution, rebuilding, keptLevels } = this.#place;
    return new Context({
      invocation,
      execution,
      frame: new Frame(invocation.suspension, call, frame),
      rawId: call.rawId,
      recordId: options.virtual ? recordId : call.id,
      opener: options.virtual ? call : undefined,
      settings: settings.inherited(),
      rebuilding: rebuilding || options.rebuilding,
      keptLevels: options.virtual ? keptLevels : Math.max(0, keptLevels - 1),
    });
  }

  /** False once the context or the invocation has ended: its operations never settle then. @internal */
  get live(): boolean {
    return this.#place.frame.live && this.#place.invocation.live;
  }

  /** It has ended and runs again only to rebuild its result. @internal */
  get rebuilding(): boolean {
    return this.#place.rebuilding;
  }

  /** Its operations stay in the state after it has ended. @internal */
  get keepsOperations(): boolean {
    return this.#place.keptLevels > 0;
  }

  /** @internal */
  get frame(): Frame {
    return this.#place.frame;
  }

  get #values(): Seeded {
    const { invocation, rawId } = this.#place;
    this.#seeded ??= new Seeded(invocation.identity, rawId);
    return this.#seeded;
  }

  #claim(kind: OperationKind): OperationCall {
    const { invocation, frame, rawId: prefix, recordId: parentId } = this.#place;
    if (kind.ambient) {
      this.#ambientIds ??= new AmbientIds(frame.call?.id);
      const id = this.#ambientIds.next(kind.ambient, kind.name);
      const call = new OperationCall(invocation, frame, kind, { rawId: id, id, parentId });
      invocation.log.met(call.record);
      this.#positions.called(call);
      return call;
    }
    if (kind.ownId) {
      const place = { rawId: kind.ownId, id: kind.ownId, parentId: undefined };
      return new OperationCall(invocation, invocation.root, kind, place);
    }
    const rawId = rawOperationId(prefix, ++this.#calls);
    const call = new OperationCall(invocation, frame, kind, { rawId, id: operationId(rawId), parentId });
    this.#positions.called(call);
    return call;
  }

  /** A virtual context has no record of its own: its first operation tells, or an ambient one that may be in it. */
  #isRecorded({ record, kind, rawId }: OperationCall): boolean {
    if (record || !kind.unrecorded) return record !== undefined;
    return this.#recordOf(rawOperationId(rawId, 1)) !== undefined || this.#hasUnmetCalls;
  }

  /** Ambient calls on record whose turn may still come: their ids don't tell when. */
  get #hasUnmetCalls(): boolean {
    return this.#place.invocation.log.hasUnmet(this.#place.recordId);
  }

  /** What is called next is on record, or the context's end. */
  get #hasMoreOnRecord(): boolean {
    return this.#place.rebuilding || this.nextRecord !== undefined || this.#hasUnmetCalls;
  }

  /** The code has never been here. */
  #leaveReplay(): void {
    this.#expected?.clear();
    const { opener } = this.#place;
    if (opener) opener.hasNewInside = true;
    this.#place.invocation.log.forgetUnmet(this.#place.recordId);
  }

  #recordOf(rawId: string): WireOperation | undefined {
    return this.#place.invocation.log.get(operationId(rawId));
  }
}

type Outcome<T> = Promise<T> | (() => Promise<T>);

/** What is on record is delivered in the order of the record; a context that runs again decides that by itself. */
function replayed<T>(call: OperationCall, outcome: Promise<T>): Outcome<T> {
  const { record, invocation } = call;
  if (!record || call.kind.unrecorded) return outcome;
  // The call of createCallback itself is over when the callback exists.
  if (record.Type === 'CALLBACK') return invocation.replayOrder.inOrder(record, record.StartTimestamp, outcome);
  if (!isFinal(record.Status) || record.ContextDetails?.ReplayChildren) return outcome;
  return invocation.replayOrder.inOrder(record, record.EndTimestamp, outcome, invocation.updatedIds?.has(record.Id));
}

/** Nobody has to await an operation: its failure alone is no unhandled rejection. */
function unawaited<T>(outcome: Promise<T>): Promise<T> {
  outcome.then(undefined, ignored);
  return outcome;
}

function ignored(): void {}

/** Arguments of a durable call: a name, which may be left out, and the rest. */
type Args<Rest extends unknown[]> = [string | undefined, ...Rest] | Rest;

/** Splits off the name: a string or `undefined` in the first place. */
function named<Rest extends unknown[]>(args: Args<Rest>): [string | undefined, ...Rest] {
  const first = args[0];
  const hasName = typeof first === 'string' || first === undefined;
  return (hasName ? args : [undefined, ...args]) as [string | undefined, ...Rest];
}
