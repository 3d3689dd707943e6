import { afterEach, describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { ExecutionOtelPlugin, InvocationOtelPlugin } from '@middy-durable/otel';
import { trace } from '@opentelemetry/api';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from '../support/official-run.ts';
import { durableAttributes, type SpanSink, spanSink } from '../support/spans.ts';

const SECOND = { seconds: 1 };
const BATCH: Scenario = async (context) => {
  await context.map('rows', [1, 2], async (child: DurableContext, row) => {
    await child.wait(`pause ${row}`, SECOND);
    return child.step(`double ${row}`, async () => row * 2);
  });
  await context.waitForCallback('approval', async () => {}, { timeout: SECOND }).catch(() => {});
  await context.waitForCondition('job', async (checks: number) => checks + 1, {
    initialState: 0,
    waitStrategy: (checks) => (checks < 2 ? { shouldContinue: true, delay: SECOND } : { shouldContinue: false }),
  });
};
const SCENARIOS: Record<string, (sink: SpanSink) => Scenario> = {
  'a child, a wait and a step that is tried again': (sink) => async (context) => {
    await context.runInChildContext('order', async (child) => {
      await child.step('pay', async () => sink.tracerProvider.getTracer('client').startSpan('POST /pay').end());
      await child.wait('cool-down', SECOND);
    });
    await context.step(
      'ship',
      async ({ attempt }) => {
        if (attempt === 1) throw new RangeError('no truck');
      },
      { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
    );
    return 'done';
  },
  'a batch, a callback and a condition': () => BATCH,
  'a failure': () => async (context) => {
    await context.step('pay', () => Promise.reject(new RangeError('no money')), {
      retryStrategy: () => ({ shouldRetry: false }),
    });
  },
};

/** Each span with its parent and what it says of the execution, but for ids. */
function spansOf(sink: SpanSink): unknown[] {
  const told = sink.spans.map((span, index) => {
    const { 'execution.arn': _arn, 'operation.id': _id, ...attributes } = durableAttributes(span);
    return { span: sink.tree()[index], attributes };
  });
  return told.sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

/** The SDK's flush has a timer of its own, and time is virtual under ours. */
const VIRTUAL = { flushTimeout: 0 };
afterEach(() => {
  trace.disable();
  delete process.env.DURABLE_EXECUTION_PLUGINS;
});

describe.each(Object.entries(SCENARIOS))('under the official SDK: %s', (_name, scenarioOf) => {
  it.each([
    ['ExecutionOtelPlugin', ExecutionOtelPlugin],
    ['InvocationOtelPlugin', InvocationOtelPlugin],
  ])('%s makes the spans that it makes under ours', async (_plugin, Plugin) => {
    const official = spanSink();
    await new OfficialRun(scenarioOf(official), { plugins: [new Plugin({ ...official, ...VIRTUAL })] }).finish();
    const ours = spanSink();
    const plugins = [new Plugin({ ...ours, ...VIRTUAL })];
    await new DurableRun(scenarioOf(ours), { runtime: runtimeFromNow(), plugins }).finish();
    expect(spansOf(official)).toEqual(spansOf(ours));
    expect(official.spans.length).toBeGreaterThan(3);
  });
});

describe('under the official SDK', () => {
  it('the environment can name the package', async () => {
    const sink = spanSink();
    trace.setGlobalTracerProvider(sink.tracerProvider);
    process.env.DURABLE_EXECUTION_PLUGINS = '@middy-durable/otel';
    await new OfficialRun(async (context) => context.step('pay', async () => 1)).finish();
    expect(sink.spans.map(({ name }) => name)).toEqual(['pay attempt 1', 'pay', 'Invocation', 'Workflow']);
  });
});
