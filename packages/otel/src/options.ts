import type { InvocationInfo } from '@middy-durable/core';
import { checkOptions } from '@middy-durable/core/middleware';
import {
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ExecutionIdGenerator } from './execution-ids.ts';

/** Options of {@link ExecutionOtelPlugin} and {@link InvocationOtelPlugin}. */
export interface OtelPluginOptions {
  /** Where spans are made. Default: the one that is registered globally when an invocation begins. */
  tracerProvider?: TracerProvider | undefined;
  /** The generator that this provider was made with. Default: none, and spans that span invocations have random ids. */
  idGenerator?: ExecutionIdGenerator | undefined;
  /**
   * What an invocation was called in, for a link: the context of a caller, of Lambda. Default: Lambda's own trace,
   * see {@link xRayContext}.
   */
  contextExtractor?: ((info: InvocationInfo) => Context) | undefined;
  /** Name of the instrumentation scope. Default `@middy-durable/otel`. */
  instrumentationName?: string | undefined;
  /** Default `Workflow`. */
  workflowSpanName?: string | undefined;
  /** Adds `traceId`, `spanId` and `otelTraceSampled` to the lines of the default logger. Default true. */
  enrichLogger?: boolean | undefined;
  /** How long an invocation waits until its spans are exported, in milliseconds; 0 does not wait. Default 2,000. */
  flushTimeout?: number | undefined;
}

const OPTIONS = {
  tracerProvider: 'object',
  idGenerator: 'object',
  contextExtractor: 'function',
  instrumentationName: 'string',
  workflowSpanName: 'string',
  enrichLogger: 'boolean',
  flushTimeout: 'number',
} as const;

/** With the defaults filled in. @throws when an option can't be right */
export interface Settings {
  readonly provider: () => TracerProvider;
  readonly idGenerator: ExecutionIdGenerator | undefined;
  readonly contextExtractor: (info: InvocationInfo) => Context;
  readonly instrumentationName: string;
  readonly workflowSpanName: string;
  readonly enrichLogger: boolean;
  readonly flushTimeout: number;
  readonly samplingRatio: number;
}

export function settingsOf(options: OtelPluginOptions, method: string): Settings {
  checkOptions(options, OPTIONS, method);
  const { tracerProvider, idGenerator, flushTimeout = 2000 } = options;
  if (tracerProvider && typeof tracerProvider.getTracer !== 'function') {
    throw new TypeError(`${method}: option tracerProvider has no function getTracer; pass a tracer provider`);
  }
  if (idGenerator && typeof idGenerator.using !== 'function') {
    throw new TypeError(`${method}: option idGenerator must be an ExecutionIdGenerator, the one of the provider`);
  }
  if (!(flushTimeout >= 0 && flushTimeout <= 60_000)) {
    throw new RangeError(`${method}: option flushTimeout must be 0 to 60000 milliseconds; got ${flushTimeout}`);
  }
  return {
    provider: () => tracerProvider ?? trace.getTracerProvider(),
    idGenerator,
    contextExtractor: options.contextExtractor ?? xRayContext,
    instrumentationName: options.instrumentationName ?? '@middy-durable/otel',
    workflowSpanName: options.workflowSpanName ?? 'Workflow',
    enrichLogger: options.enrichLogger ?? true,
    flushTimeout,
    samplingRatio: samplingRatio(method),
  };
}

function samplingRatio(method: string): number {
  const text = process.env.OTEL_DURABLE_SAMPLING_RATIO;
  if (!text?.trim()) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  throw new RangeError(`${method}: OTEL_DURABLE_SAMPLING_RATIO must be a number from 0 to 1; got "${text}"`);
}

/**
 * The context of Lambda's own trace, as `_X_AMZN_TRACE_ID` has it; the root context where there is none.
 * @example
 * process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
 * trace.getSpanContext(xRayContext()).traceId // => '5759e988bd862e3fe1be46a994272793'
 */
export function xRayContext(): Context {
  const header = process.env._X_AMZN_TRACE_ID ?? '';
  const [, time, random] = /\bRoot=1-([0-9a-f]{8})-([0-9a-f]{24})\b/.exec(header) ?? [];
  const [, spanId] = /\bParent=([0-9a-f]{16})\b/.exec(header) ?? [];
  if (!time || !random || !spanId) return ROOT_CONTEXT;
  const traceFlags = /\bSampled=1\b/.test(header) ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const spanContext: SpanContext = { traceId: time + random, spanId, traceFlags, isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, spanContext);
}
