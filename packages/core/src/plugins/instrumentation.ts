import type { DurableExecutionInvocationOutput, OperationUpdate, WireOperation } from '@middy-durable/protocol';
import type { Invocation } from '../engine/invocation.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { fromErrorObject } from '../errors.ts';
import { callInfo, recordInfo } from './operation-info.ts';
import type {
  AttemptInfo,
  DurableInstrumentationPlugin,
  InvocationBaseInfo,
  InvocationInfo,
  OperationInfo,
  PluginInvocationStatus,
} from './types.ts';

type Hooks = Required<DurableInstrumentationPlugin>;
type Notification = Extract<keyof Hooks, `on${string}`>;
type Wrapper = Extract<keyof Hooks, `wrap${string}`>;

/** Tells plugins what happens in one invocation. Only made when there are plugins. */
export class Instrumentation {
  readonly #plugins: readonly DurableInstrumentationPlugin[];
  readonly #invocation: Invocation;
  readonly #updated: ReadonlySet<string>;
  readonly #running: Promise<unknown>[] = [];
  #base!: InvocationBaseInfo;

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
    const infos = (ids?: ReadonlySet<string>) => this.#infos(ids);
    this.#base = {
      requestId: lambdaContext?.awsRequestId ?? '',
      executionArn: arn,
      executionInput,
      isFirstInvocation: log.size <= 1,
      ...(executionStart && { executionStartTimestamp: executionStart }),
      get operations() {
        return infos();
      },
    };
    const info: InvocationInfo = Object.defineProperties({ ...this.#base } as InvocationInfo, {
      updatedOperations: { enumerable: true, get: () => infos(this.#updated) },
    });
    await this.#notify('onInvocationStart', info);
    return this.#wrap('wrapInvocation', info, async () => {
      try {
        const { output, result, error } = await run();
        await this.#ended(output.Status, {
          ...(result !== undefined && { executionResult: result }),
          ...(output.Status === 'FAILED' && { executionError: error instanceof Error ? error : fromErrorObject(output.Error) }),
        });
        return output;
      } catch (error) {
        await this.#ended('RETRYING', { executionError: error as Error });
        throw error;
      }
    }) as Promise<DurableExecutionInvocationOutput>;
  }

  operationStarted(call: OperationCall, isReplay: boolean): void {
    this.#tell('onOperationStart', callInfo(call, isReplay));
  }

  /** `update`: what closed it, where its record is not back yet. */
  operationEnded(call: OperationCall, isReplay: boolean, update?: OperationUpdate): void {
    const closed: Partial<OperationInfo> = update
      ? {
          status: update.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED',
          endTimestamp: new Date(this.#invocation.runtime.now()),
          ...(update.Payload !== undefined && { result: update.Payload }),
          ...(update.Error && { error: fromErrorObject(update.Error) }),
        }
      : {};
    this.#tell('onOperationEnd', { ...callInfo(call, isReplay), ...closed });
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
      ...callInfo(call, attempt > 1),
      status: 'STARTED',
      startTimestamp: new Date(this.#invocation.runtime.now()),
      attempt,
    };
    delete info.error;
    this.#tell('onOperationAttemptStart', info);
    const ended = (outcome: 'SUCCEEDED' | 'FAILED', error?: unknown) =>
      this.#tell('onOperationAttemptEnd', {
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

  child<T>(call: OperationCall, body: () => Promise<T>): Promise<T> {
    const isReplay = call.record !== undefined || call.kind.unrecorded === true;
    const info = { ...callInfo(call, isReplay), isReplayingChildren: call.record !== undefined };
    return this.#wrap('wrapChildContextFn', info, body) as Promise<T>;
  }

  /** Records came back whose status is not the one that was known. */
  recordsChanged(changed: readonly WireOperation[]): void {
    if (changed.length === 0) return;
    const infos = (ids?: ReadonlySet<string>) => this.#infos(ids);
    this.#tell('onOperationChange', {
      executionArn: this.#invocation.arn,
      updatedOperations: infos(new Set(changed.map(({ Id }) => Id))),
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

  #infos(ids?: ReadonlySet<string>): Record<string, OperationInfo> {
    const infos: Record<string, OperationInfo> = Object.create(null);
    for (const operation of this.#invocation.log.all()) {
      if (!ids || ids.has(operation.Id)) infos[operation.Id] = recordInfo(operation, !this.#updated.has(operation.Id));
    }
    return infos;
  }

  #tell<Hook extends Notification>(hook: Hook, info: Parameters<Hooks[Hook]>[0]): void {
    this.#running.push(this.#notify(hook, info));
  }

  async #notify<Hook extends Notification>(hook: Hook, info: Parameters<Hooks[Hook]>[0]): Promise<void> {
    // Called at once and side by side; what one throws is its own affair.
    const calls = this.#plugins.map(async (plugin) => (plugin[hook] as ((info: unknown) => unknown) | undefined)?.call(plugin, info));
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
