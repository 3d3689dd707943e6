import { isFinal, operationId, rawOperationId, type WireOperation } from '@middy-durable/protocol';
import { DurablePromise } from '../durable-promise.ts';
import type { Duration } from '../duration.ts';
import type { DurableContextLogger, DurableLogger, LoggerConfig } from '../logging/types.ts';
import { callback } from '../operations/callback.ts';
import { childContext } from '../operations/child-context.ts';
import { recordedNow } from '../operations/now.ts';
import { step } from '../operations/step.ts';
import { wait } from '../operations/wait.ts';
import { waitForCallback } from '../operations/wait-for-callback.ts';
import type { SerdesConfig } from '../serdes.ts';
import type {
  ChildConfig,
  ChildFunc,
  CreateCallbackConfig,
  CreateCallbackResult,
  DurableContext,
  DurableExecutionContext,
  LambdaContext,
  StepConfig,
  StepFunc,
  WaitForCallbackConfig,
  WaitForCallbackSubmitterFunc,
} from '../types.ts';
import { checkName } from '../validation.ts';
import { divergence, misuse } from './call-checks.ts';
import type { ContextSettings } from './context-settings.ts';
import { Frame } from './frame.ts';
import { type Invocation, never } from './invocation.ts';
import { OperationCall, type OperationKind } from './operation-call.ts';
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
  /** The context has ended in an earlier invocation and runs again only to rebuild a large result. */
  rebuilding: boolean;
}

/** The context that user code calls: claims ids in call order, checks each call against its record, starts the operation. */
export class Context implements DurableContext {
  readonly #place: ContextPlace;
  readonly #seeded: Seeded;
  #calls = 0;
  #logger: { base: DurableLogger; wrapped: DurableContextLogger } | undefined;
  #abort: AbortController | undefined;

  constructor(place: ContextPlace) {
    this.#place = place;
    this.#seeded = new Seeded(place.invocation.arn, place.rawId);
    Object.defineProperty(this, DURABLE_CONTEXT_BRAND, { value: true });
    place.settings.announce(place.invocation);
  }

  get [Symbol.toStringTag](): 'DurableContext' {
    return 'DurableContext';
  }

  get lambdaContext(): LambdaContext {
    return this.#place.invocation.lambdaContext;
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
    if (this.#place.rebuilding) return true;
    const next = rawOperationId(this.#place.rawId, this.#calls + 1);
    // The second look continues replay over a virtual context, which has no record of its own.
    return this.#recordOf(next) !== undefined || this.#recordOf(rawOperationId(next, 1)) !== undefined;
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
    return childContext(this, name, fn, config);
  }

  now(): DurablePromise<Date> {
    return recordedNow(this);
  }

  random(): number {
    return this.#seeded.random();
  }

  uuid(): string {
    return this.#seeded.uuid();
  }

  configureLogger(config: LoggerConfig): void {
    this.#place.settings.configureLogger(config, this.#place.invocation);
    this.#logger = undefined;
  }

  configureSerdes(config: SerdesConfig): void {
    this.#place.settings.configureSerdes(config);
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
    const { invocation, frame } = this.#place;
    if (!frame.live || !invocation.live) return DurablePromise.of(never<T>(), frame);
    let kind: OperationKind;
    try {
      kind = describe();
      checkName(kind.name, kind.method);
    } catch (error) {
      const rejected = Promise.reject<T>(error);
      rejected.catch(ignore);
      return DurablePromise.of(rejected, frame);
    }
    const call = this.#claim(kind);
    const fault = misuse(frame, kind.method) ?? divergence(call, this.#place.rebuilding);
    if (fault) {
      invocation.end({ kind: 'fail', error: fault });
      return DurablePromise.of(never<T>(), frame);
    }
    // It was in flight when the finished context returned: its outcome did not matter then and does not now.
    if (this.#place.rebuilding && call.record && !isFinal(call.record.Status)) return DurablePromise.of(never<T>(), frame);
    frame.lastCall = call;
    const outcome = run(call);
    outcome.catch(ignore); // Nobody has to await an operation.
    return DurablePromise.of(outcome, frame, () => call.subscribed());
  }

  /** The place of a child context that the call `call` opens. @internal */
  child(call: OperationCall, options: { virtual: boolean; rebuilding: boolean }): Context {
    const { invocation, frame, recordId, settings, execution, rebuilding } = this.#place;
    return new Context({
      invocation,
      execution,
      frame: new Frame(invocation.suspension, call, frame),
      rawId: call.rawId,
      recordId: options.virtual ? recordId : call.id,
      settings: settings.inherited(),
      rebuilding: rebuilding || options.rebuilding,
    });
  }

  /** @internal */
  get frame(): Frame {
    return this.#place.frame;
  }

  #claim(kind: OperationKind): OperationCall {
    const { invocation, frame, rawId: prefix, recordId } = this.#place;
    const rawId = rawOperationId(prefix, ++this.#calls);
    return new OperationCall(invocation, frame, kind, { rawId, id: operationId(rawId), parentId: recordId });
  }

  #recordOf(rawId: string): WireOperation | undefined {
    return this.#place.invocation.log.get(operationId(rawId));
  }
}

function ignore(): void {}

/** Arguments of a durable call: a name, which may be left out, and the rest. */
type Args<Rest extends unknown[]> = [string | undefined, ...Rest] | Rest;

/** Splits off the name: a string or `undefined` in the first place. */
function named<Rest extends unknown[]>(args: Args<Rest>): [string | undefined, ...Rest] {
  const first = args[0];
  const hasName = typeof first === 'string' || first === undefined;
  return (hasName ? args : [undefined, ...args]) as [string | undefined, ...Rest];
}
