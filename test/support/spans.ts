import { ExecutionIdGenerator } from '@middy-durable/otel';
import { type Attributes, context, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** A tracer provider of the SDK, and what it exported. */
export interface SpanSink {
  tracerProvider: BasicTracerProvider;
  idGenerator: ExecutionIdGenerator;
  readonly spans: ReadableSpan[];
  /** Each span as `parent > name status`, with ? for one whose parent was not exported. */
  tree(): string[];
  named(name: string): ReadableSpan[];
}

export function spanSink(): SpanSink {
  const exporter = new InMemorySpanExporter();
  const idGenerator = new ExecutionIdGenerator();
  const tracerProvider = new BasicTracerProvider({ idGenerator, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const sink = {
    tracerProvider,
    idGenerator,
    get spans() {
      return exporter.getFinishedSpans();
    },
    named: (name: string) => sink.spans.filter((span) => span.name === name),
    tree: () =>
      sink.spans.map(({ name, parentSpanContext, status }) => {
        const parent = sink.spans.find((other) => other.spanContext().spanId === parentSpanContext?.spanId);
        const above = parentSpanContext ? `${parent?.name ?? '?'} > ` : '';
        return `${above}${name} ${SpanStatusCode[status.code]}`;
      }),
  };
  return sink;
}

/** Those of this project, without what they begin with. */
export function durableAttributes(span: ReadableSpan | undefined): Attributes {
  const own = Object.entries(span?.attributes ?? {}).filter(([name]) => name.startsWith('durable.'));
  return Object.fromEntries(own.map(([name, value]) => [name.slice('durable.'.length), value]));
}
