import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  AttemptEndInfo,
  AttemptInfo,
  DurableExecutionInvocationOutput,
  DurableInstrumentationPlugin,
  InvocationEndInfo,
  InvocationInfo,
  OperationInfo,
} from '@middy-durable/core';
import { context } from '@opentelemetry/api';
import { flush } from './flush.ts';
import { InvocationSpans, type View } from './invocation-spans.ts';
import { type OtelPluginOptions, type Settings, settingsOf } from './options.ts';

/** Spans of executions: what the two plugins have in common. One instance serves all invocations of a process. */
abstract class OtelPlugin implements DurableInstrumentationPlugin {
  readonly #settings: Settings;
  readonly #view: View;
  /** Hooks about operations don't say which execution they are of. */
  readonly #invocations: AsyncLocalStorage<InvocationSpans> = new AsyncLocalStorage();

  constructor(view: View, method: string, options: OtelPluginOptions) {
    this.#view = view;
    this.#settings = settingsOf(options, method);
  }

  wrapInvocation(
    info: InvocationInfo,
    fn: () => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput> {
    const spans = new InvocationSpans(this.#settings, this.#view, info);
    return this.#invocations.run(spans, () => context.with(spans.context, fn));
  }

  async onInvocationEnd(info: InvocationEndInfo): Promise<void> {
    this.#invocations.getStore()?.ended(info);
    await flush(this.#settings.provider(), this.#settings.flushTimeout);
  }

  async onOperationStart(info: OperationInfo): Promise<void> {
    this.#invocations.getStore()?.operationStarted(info);
  }

  wrapChildContextFn(info: OperationInfo, fn: () => unknown): unknown {
    return this.#within(info, fn);
  }

  async onOperationEnd(info: OperationInfo): Promise<void> {
    this.#invocations.getStore()?.operationEnded(info);
  }

  async onOperationAttemptStart(info: AttemptInfo): Promise<void> {
    this.#invocations.getStore()?.attemptStarted(info);
  }

  wrapOperationAttemptFn(info: AttemptInfo, fn: () => unknown): unknown {
    return this.#within(info, fn);
  }

  async onOperationAttemptEnd(info: AttemptEndInfo): Promise<void> {
    this.#invocations.getStore()?.attemptEnded(info);
  }

  enrichLogContext(): Record<string, string | boolean> | undefined {
    return this.#settings.enrichLogger ? this.#invocations.getStore()?.logFields() : undefined;
  }

  #within(info: OperationInfo, fn: () => unknown): unknown {
    const spans = this.#invocations.getStore();
    return spans ? context.with(spans.contextOf(info), fn) : fn();
  }
}

/**
 * Spans of an execution as one tree, over all its invocations: `Workflow`, sent when the execution has ended; below it
 * `Invocation` for each invocation, and each operation by its name, linked to the invocation that it ended in; below a
 * step `<step> attempt <n>` for each attempt. What is replayed has no span again. Ids derive from the execution's ARN, so what
 * several processes send is one trace; with `idGenerator` also one tree without gaps.
 *
 * @throws TypeError or RangeError when an option can't be right
 * @example
 * const handler = withDurableExecution(processOrder, { plugins: [new ExecutionOtelPlugin()] });
 */
export class ExecutionOtelPlugin extends OtelPlugin {
  constructor(options: OtelPluginOptions = {}) {
    super('execution', 'ExecutionOtelPlugin', options);
  }
}

/**
 * As {@link ExecutionOtelPlugin}, but each invocation is a trace of its own: `Invocation` is the root of what ran or ended
 * in it, and all link to the execution's `Workflow`.
 *
 * @throws TypeError or RangeError when an option can't be right
 * @example
 * const handler = withDurableExecution(processOrder, { plugins: [new InvocationOtelPlugin()] });
 */
export class InvocationOtelPlugin extends OtelPlugin {
  constructor(options: OtelPluginOptions = {}) {
    super('invocation', 'InvocationOtelPlugin', options);
  }
}
