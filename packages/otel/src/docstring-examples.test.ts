import { afterEach, describe, expect, it } from '@jest/globals';
import { withDurableExecution } from '@middy-durable/core';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { examplesIn, runExample } from '../../../test/support/docstring-examples.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { ExecutionIdGenerator, ExecutionOtelPlugin, InvocationOtelPlugin, xRayContext } from './index.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const examplesOf = (file: string): Record<string, string> => examplesIn(new URL(file, import.meta.url));
const order = async (_event: unknown, context: { step(name: string, body: () => Promise<number>): unknown }) =>
  context.step('pay', async () => 1);

afterEach(() => {
  trace.disable();
  delete process.env._X_AMZN_TRACE_ID;
});

/** The SDK's own flush has a timer, and time here is virtual. */
class FlushedProvider extends BasicTracerProvider {
  override async forceFlush(): Promise<void> {}
}

/** The examples of the docstrings, as they stand there; the README's is made of them. */
describe('examples', () => {
  it.each([
    ['ExecutionOtelPlugin', { ExecutionOtelPlugin }, ['pay attempt 1', 'pay', 'Invocation', 'Workflow']],
    ['InvocationOtelPlugin', { InvocationOtelPlugin }, ['pay attempt 1', 'pay', 'Invocation', 'Workflow']],
  ])('%s', async (name, names, spans) => {
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new FlushedProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    const run = DurableRun.of((durableExecutionClient) => {
      const withClient = (handler: never, config: object) =>
        withDurableExecution(handler, { ...config, durableExecutionClient });
      const example = examplesOf('otel-plugin.ts')[name];
      const all = { ...names, processOrder: order, withDurableExecution: withClient };
      const made = runExample(example, all, ['handler']) as unknown as Promise<{ handler: Handler }>;
      return async (event, context) => (await made).handler(event, context);
    });
    expect(await run.result()).toBe(1);
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(spans);
  });

  it('ExecutionIdGenerator', async () => {
    const exporter = new InMemorySpanExporter();
    const names = {
      ExecutionIdGenerator,
      ExecutionOtelPlugin,
      NodeTracerProvider: FlushedProvider,
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    };
    const { plugin } = await runExample(examplesOf('execution-ids.ts').ExecutionIdGenerator, names, ['plugin']);
    await new DurableRun((context) => order({}, context as never) as Promise<number>, {
      plugins: [plugin as ExecutionOtelPlugin],
    }).finish();
    const spans = exporter.getFinishedSpans();
    const invocation = spans.find(({ name }) => name === 'Invocation');
    const workflow = spans.find(({ name }) => name === 'Workflow');
    expect(invocation?.parentSpanContext?.spanId).toBe(workflow?.spanContext().spanId);
  });

  it('xRayContext', async () => {
    const { shown } = await runExample(examplesOf('options.ts').xRayContext, { trace, xRayContext });
    expect(shown).toHaveLength(1);
    for (const [actual, expected] of shown) expect(actual).toBe(expected);
  });
});
