import type {
  AttemptEndInfo,
  AttemptInfo,
  InvocationEndInfo,
  InvocationInfo,
  OperationInfo,
} from '@middy-durable/core';
import {
  type Context,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { invocationAttributes, operationAttributes, operationName, statusCode } from './attributes.ts';
import { attemptSpanId, type ExecutionIds, executionIds, isSampled, operationSpanId } from './execution-ids.ts';
import type { Settings } from './options.ts';

/** What invocation spans hang below, and what operations do. */
export type View = 'execution' | 'invocation';

/** The spans of one invocation. */
export class InvocationSpans {
  /** What code outside of operations runs in. */
  readonly context: Context;
  readonly #settings: Settings;
  readonly #view: View;
  readonly #info: InvocationInfo;
  readonly #tracer: Tracer;
  readonly #ids: ExecutionIds;
  /** Holds the execution's own span, which is made when the execution has ended. */
  readonly #workflow: Context;
  readonly #span: Span;
  /** Operations that are under way. In the execution's tree those that don't end in this invocation are not sent by it. */
  readonly #operations = new Map<string, { span: Span; context: Context }>();
  readonly #attempts = new Map<string, { span: Span; context: Context }>();

  constructor(settings: Settings, view: View, info: InvocationInfo) {
    this.#settings = settings;
    this.#view = view;
    this.#info = info;
    this.#tracer = settings.provider().getTracer(settings.instrumentationName);
    this.#ids = executionIds(info.executionArn, info.executionStartTimestamp);
    const { traceId, workflowSpanId: spanId } = this.#ids;
    const traceFlags = isSampled(traceId, settings.samplingRatio) ? TraceFlags.SAMPLED : TraceFlags.NONE;
    this.#workflow = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
    const callers = [context.active(), settings.contextExtractor(info)].flatMap(linkTo);
    this.#span = this.#tracer.startSpan(
      'Invocation',
      {
        attributes: invocationAttributes(info),
        links: view === 'execution' ? callers : [...linkTo(this.#workflow), ...callers],
        root: view === 'invocation',
      },
      view === 'execution' ? this.#workflow : ROOT_CONTEXT,
    );
    this.context = trace.setSpan(ROOT_CONTEXT, this.#span);
  }

  /** What the function of an operation runs in. */
  contextOf(info: OperationInfo): Context {
    return this.#attempts.get(info.id)?.context ?? this.#operation(info).context;
  }

  operationStarted(info: OperationInfo): void {
    this.#operation(info);
  }

  operationEnded(info: OperationInfo): void {
    if (!info.isReplay) {
      const { span } = this.#operation(info);
      if (info.status) span.setAttribute('durable.operation.status', info.status);
      if (info.attempt !== undefined) span.setAttribute('durable.attempt.number', info.attempt);
      end(span, info.status, info.error, info.endTimestamp);
    }
    this.#operations.delete(info.id);
  }

  attemptStarted(info: AttemptInfo): void {
    const options: SpanOptions = {
      attributes: {
        ...operationAttributes(this.#info.executionArn, info),
        'durable.attempt.number': info.attempt,
      },
      ...(info.startTimestamp && { startTime: info.startTimestamp }),
    };
    const name = `${operationName(info)} attempt ${info.attempt}`;
    const { context: around } = this.#operation(info);
    const span = this.#start(attemptSpanId(this.#info.executionArn, info.id, info.attempt), () =>
      this.#tracer.startSpan(name, options, around),
    );
    this.#attempts.set(info.id, { span, context: trace.setSpan(around, span) });
  }

  attemptEnded(info: AttemptEndInfo): void {
    const span = this.#attempts.get(info.id)?.span;
    this.#attempts.delete(info.id);
    span?.setAttribute('durable.attempt.outcome', info.outcome);
    if (span) end(span, info.outcome, info.error, info.endTimestamp);
  }

  ended({ status, executionError, executionStartTimestamp }: InvocationEndInfo): void {
    this.#span.setAttribute('durable.invocation.status', status);
    end(this.#span, status, executionError);
    if (this.#view === 'invocation') this.#endOpen();
    this.#operations.clear();
    this.#attempts.clear();
    if (status !== 'SUCCEEDED' && status !== 'FAILED') return;
    const span = this.#workflowSpan(executionStartTimestamp);
    span.setAttribute('durable.execution.status', status);
    end(span, status, executionError);
  }

  /** Fields for a log line that is printed now. */
  logFields(): Record<string, string | boolean> {
    const current = trace.getSpanContext(context.active());
    const inTrace = current?.traceId === this.#span.spanContext().traceId ? current : undefined;
    const { traceId, spanId, traceFlags } = inTrace ?? this.#span.spanContext();
    return { traceId, spanId, otelTraceSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
  }

  /** Where each invocation is a trace, it has its part of what goes on in the next one. */
  #endOpen(): void {
    for (const { span } of this.#operations.values()) {
      span.setAttribute('durable.operation.status', 'STARTED');
      span.end();
    }
  }

  #operation(info: OperationInfo): { span: Span; context: Context } {
    const known = this.#operations.get(info.id);
    if (known) return known;
    const { executionArn } = this.#info;
    const invocation = { context: this.#span.spanContext() };
    const options: SpanOptions = {
      attributes: operationAttributes(executionArn, info),
      links: this.#view === 'execution' ? [invocation] : linkTo(this.#workflow),
      ...(info.startTimestamp && { startTime: info.startTimestamp }),
    };
    const around = this.#contextAround(info);
    const span = this.#start(operationSpanId(executionArn, info.id), () =>
      this.#tracer.startSpan(operationName(info), options, around),
    );
    const started = { span, context: trace.setSpan(around, span) };
    this.#operations.set(info.id, started);
    return started;
  }

  /** The same id wherever it ends: what was sent of it in an earlier invocation is below it then. */
  #start(spanId: string, start: () => Span): Span {
    const idGenerator = this.#view === 'execution' ? this.#settings.idGenerator : undefined;
    return idGenerator ? idGenerator.using({ spanId }, start) : start();
  }

  #contextAround({ parentId }: OperationInfo): Context {
    if (parentId !== undefined) {
      const parent = this.#operations.get(parentId) ?? this.#recorded(parentId);
      if (parent) return parent.context;
    }
    return this.#view === 'execution' ? this.#workflow : this.context;
  }

  /** A context that is under way since an earlier invocation, and was not said to have started in this one. */
  #recorded(id: string): { span: Span; context: Context } | undefined {
    const info = this.#info.operations[id];
    return info && this.#operation(info);
  }

  #workflowSpan(startedAt: Date | undefined): Span {
    const { executionArn } = this.#info;
    const { traceId, workflowSpanId: spanId } = this.#ids;
    const options: SpanOptions = {
      attributes: { 'durable.execution.arn': executionArn },
      ...(startedAt && { startTime: startedAt }),
    };
    const { idGenerator, workflowSpanName: name } = this.#settings;
    const sampled = (trace.getSpanContext(this.#workflow)?.traceFlags ?? 0) & TraceFlags.SAMPLED;
    if (idGenerator && sampled) {
      return idGenerator.using({ traceId, spanId }, () =>
        this.#tracer.startSpan(name, { ...options, root: true }, ROOT_CONTEXT),
      );
    }
    return this.#tracer.startSpan(name, options, this.#workflow);
  }
}

function end(span: Span, status: string | undefined, error: Error | undefined, at?: Date): void {
  const code = statusCode(status);
  span.setStatus(error ? { code, message: error.message } : { code });
  if (error) span.recordException(error, at);
  span.end(at);
}

function linkTo(around: Context): Link[] {
  const spanContext = trace.getSpanContext(around);
  return spanContext && isSpanContextValid(spanContext) ? [{ context: spanContext }] : [];
}
