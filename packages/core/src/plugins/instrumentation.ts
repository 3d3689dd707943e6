import type { ErrorObject, OperationAction, OperationUpdate, WireOperation } from '@middy-durable/protocol';
import type { Invocation } from '../engine/invocation.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { causeFromErrorObject, fromErrorObject } from '../errors.ts';
import type { DurableExecutionInvocationOutput } from '../transport.ts';
import { callInfo, recordInfo } from './operation-info.ts';
import type {
  AttemptEndInfo,
  AttemptInfo,
  DurableInstrumentationPlugin,
  InvocationBaseInfo,
  InvocationInfo,
  OperationInfo,
  PluginInvocationStatus,
  PluginOperationStatus,
} from './types.ts';

const STATUS_AFTER: Readonly<Partial<Record<OperationAction, PluginOperationStatus>>> = {
  SUCCEED: 'SUCCEEDED',
  FAIL: 'FAILED',
  RETRY: 'PENDING',
};

type Hooks = Required<DurableInstrumentationPlugin>;
type Notification = Extract<keyof Hooks, `on${string}`>;
type Wrapper = Extract<keyof Hooks, `wrap${string}`>;

/** Tells plugins what happens in one invocation. Only made when there are plugins. */
export class Instrumentation {
  readonly #plugins: readonly DurableInstrumentationPlugin[];
  readonly #invocation: Invocation;
  readonly #updated: ReadonlySet<string>;
  readonly #running: Promise<unknown>[] = [];
  /** Attempts whose function has ended, and whose outcome is on its way to the record. */
  readonly #attempts = new Map<OperationCall, AttemptEndInfo>();
  #base!: InvocationBaseInfo & Pick<InvocationInfo, 'isFirstInvocation'>;

  constructor(plugins: readonly DurableInstrumentationPlugin[], invocation: Invocation) {
    this.#plugins = plugins;
    this.#invocation = invocation;
    this.#updated = new Set(invocation.envelope.UpdatedOperationIds);
  }

  /** Runs an invocation inside the plugins: `run` gives its output, or throws when it is to be tried again. */
  async invocation(
    executionInput: unknown,
    executionStart: Date | undefined,
    run: () => Promise<{ output: DurableExecutionInvocationOutput; result?: unknown; error?: unknown }>,
  ): Promise<DurableExecutionInvocationOutput> {
    const { log, arn, lambdaContext } = this.#invocation;
    const infos = () => this.#infos();
    const isFirstInvocation = log.size <= 1;
    this.#base = {
      requestId: lambdaContext?.awsRequestId ?? '',
      executionArn: arn,
      executionInput,
      isFirstInvocation,
      ...(executionStart && { executionStartTimestamp: executionStart }),
      get operations() {
        return infos();
      },
    };
    const info: InvocationInfo = { ...this.#base, isFirstInvocation, updatedOperations: this.#infos(this.#updated) };
    await this.#notify('onInvocationStart', info);
    return this.#wrap('wrapInvocation', info, async () => {
      try {
        const { output, result, error } = await run();
        await this.#ended(output.Status, {
          ...(result !== undefined && { executionResult: result }),
          ...(output.Status === 'FAILED' && {
            executionError: error instanceof Error ? error : fromErrorObject(output.Error),
          }),
        });
        return output;
      } catch (error) {
        await this.#ended('RETRYING', { executionError: error as Error });
        throw error;
      }
    }) as Promise<DurableExecutionInvocationOutput>;
  }

  operationStarted(call: OperationCall, isReplay: boolean): void {
    const info: OperationInfo = { ...callInfo(call, isReplay), status: 'STARTED' };
    // Those of the attempt before.
    delete info.error;
    delete info.result;
    this.#tell('onOperationStart', info);
  }

  /** `update`: what closed it, where its record is not back yet. */
  operationEnded(call: OperationCall, isReplay: boolean, update?: OperationUpdate): void {
    const closed: Partial<OperationInfo> = update
      ? {
          status: update.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED',
          endTimestamp: new Date(this.#invocation.runtime.now()),
          ...(update.Payload !== undefined && { result: update.Payload }),
          ...(update.Error && { error: thrownError(update.Error) }),
        }
      : {};
    this.#tell('onOperationEnd', { ...callInfo(call, isReplay), ...closed });
  }

  /** A context without a record has ended. */
  virtualEnded(call: OperationCall, status: 'SUCCEEDED' | 'FAILED', error?: Error): void {
    const endTimestamp = new Date(this.#invocation.runtime.now());
    this.#tell('onOperationEnd', { ...callInfo(call, true), status, endTimestamp, ...(error && { error }) });
  }

  /** An operation was called that is recorded already. */
  operationReached(call: OperationCall, finished: boolean): void {
    const { type } = call.kind;
    const byOutside = type === 'WAIT' || type === 'CALLBACK' || type === 'CHAINED_INVOKE';
    if (!finished) {
      // A step that starts again says so itself.
      if (call.record?.Status === 'STARTED') this.operationStarted(call, true);
    } else if (byOutside) this.operationEnded(call, !this.#updated.has(call.id));
  }

  async attempt<T>(call: OperationCall, attempt: number, body: () => Promise<T>): Promise<T> {
    const info: AttemptInfo = {
      ...callInfo(call, false), // An attempt always really runs.
      status: 'STARTED',
      startTimestamp: new Date(this.#invocation.runtime.now()),
      attempt,
    };
    // Those of the attempt before.
    delete info.error;
    delete info.result;
    this.#tell('onOperationAttemptStart', info);
    const ended = (outcome: 'SUCCEEDED' | 'FAILED', error?: unknown) =>
      this.#attempts.set(call, {
        ...info,
        outcome,
        endTimestamp: new Date(this.#invocation.runtime.now()),
        ...(outcome === 'FAILED' && { error: error instanceof Error ? error : new Error(String(error)) }),
      });
    try {
      const result = (await this.#wrap('wrapOperationAttemptFn', info, body)) as T;
      ended('SUCCEEDED');
      return result;
    } catch (error) {
      ended('FAILED', error);
      throw error;
    }
  }

  /** The attempt's outcome is durable. */
  attemptRecorded(call: OperationCall, { Action, Payload }: OperationUpdate): void {
    const info = this.#attempts.get(call);
    if (!info) return;
    this.#attempts.delete(call);
    this.#tell('onOperationAttemptEnd', {
      ...info,
      status: STATUS_AFTER[Action] ?? 'STARTED',
      ...(Payload !== undefined && { result: Payload }),
    });
  }

  child<T>(call: OperationCall, body: () => Promise<T>): Promise<T> {
    const info = { ...callInfo(call, false), isReplayingChildren: call.record !== undefined };
    return this.#wrap('wrapChildContextFn', info, body) as Promise<T>;
  }

  /** Records came back whose status is not the one that was known. */
  recordsChanged(changed: readonly WireOperation[]): void {
    if (changed.length === 0) return;
    const infos = () => this.#infos();
    this.#tell('onOperationChange', {
      executionArn: this.#invocation.arn,
      updatedOperations: this.#infos(changed.map(({ Id }) => Id)),
      get operations() {
        return infos();
      },
    });
  }

  logFields(): Record<string, unknown> {
    const fields = {};
    for (const plugin of this.#plugins) {
      try {
        Object.assign(fields, plugin.enrichLogContext?.());
      } catch {
        // A plugin must not cost a line.
      }
    }
    return fields;
  }

  async #ended(status: PluginInvocationStatus, outcome: object): Promise<void> {
    await Promise.all(this.#running);
    await this.#notify('onInvocationEnd', { ...this.#base, ...outcome, status });
  }

  #infos(ids?: Iterable<string>): Record<string, OperationInfo> {
    const infos: Record<string, OperationInfo> = Object.create(null);
    const { log } = this.#invocation;
    for (const operation of ids ? Array.from(ids, (id) => log.get(id)) : log.all()) {
      if (operation) infos[operation.Id] = recordInfo(operation, false);
    }
    return infos;
  }

  #tell<Hook extends Notification>(hook: Hook, info: Parameters<Hooks[Hook]>[0]): void {
    this.#running.push(this.#notify(hook, info));
  }

  async #notify<Hook extends Notification>(hook: Hook, info: Parameters<Hooks[Hook]>[0]): Promise<void> {
    // Called at once and side by side; what one throws is its own affair.
    const calls = this.#plugins.map(async (plugin) =>
      (plugin[hook] as ((info: unknown) => unknown) | undefined)?.call(plugin, info),
    );
    await Promise.allSettled(calls);
  }

  /** Nests the plugins' wrappers, the first outermost. The function runs once, and its own outcome is what counts. */
  #wrap(hook: Wrapper, info: object, fn: () => Promise<unknown>): Promise<unknown> {
    return this.#plugins.reduceRight((inner, plugin) => () => this.#wrapped(plugin, hook, info, inner), fn)();
  }

  async #wrapped(
    plugin: DurableInstrumentationPlugin,
    hook: Wrapper,
    info: object,
    inner: () => Promise<unknown>,
  ): Promise<unknown> {
    const wrap = plugin[hook] as ((info: object, fn: () => Promise<unknown>) => unknown) | undefined;
    if (!wrap) return inner();
    let running: Promise<unknown> | undefined;
    const once = () => {
      running ??= inner();
      return running;
    };
    try {
      const replaced = await wrap.call(plugin, info, once);
      await once(); // A wrapper can't hide that the function failed, nor that it was never called.
      return replaced;
    } catch {
      return once();
    }
  }
}

/** The error that failed an operation: one of ours, or what user code threw, by its name. */
function thrownError(stored: ErrorObject): Error {
  const error = fromErrorObject(stored);
  return error.errorType === stored.ErrorType ? error : causeFromErrorObject(stored);
}
