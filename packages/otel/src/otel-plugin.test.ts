import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { DurableRun, type RunHandler, type RunOptions } from '../../../test/support/durable-run.ts';
import { durableAttributes, type SpanSink, spanSink } from '../../../test/support/spans.ts';
import { VirtualRuntime } from '../../../test/support/virtual-runtime.ts';
import {
  durableExecutionPluginProvider,
  ExecutionOtelPlugin,
  InvocationOtelPlugin,
  type OtelPluginOptions,
  xRayContext,
} from './index.ts';

const SECOND = { seconds: 1 };
/** The SDK's flush has a timer of its own, and time here is virtual. */
const VIRTUAL = { flushTimeout: 0 };
let sink: SpanSink;
beforeEach(() => {
  sink = spanSink();
});
afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
  delete process.env.OTEL_DURABLE_SAMPLING_RATIO;
});
const plugin = (options?: OtelPluginOptions) => new ExecutionOtelPlugin({ ...sink, ...VIRTUAL, ...options });
const runOf = (handler: RunHandler, options: RunOptions = {}) =>
  new DurableRun(handler, { plugins: [plugin()], ...options });
const client = (name: string) => sink.tracerProvider.getTracer('client').startSpan(name).end();

/** A child context with a step, a wait in another invocation, a step that is tried again, a virtual context. */
const WORKFLOW: RunHandler = async (context) => {
  await context.runInChildContext('order', async (child) => {
    await child.step('pay', async () => client('POST /pay'));
    await child.wait('cool-down', SECOND);
    client('GET /state');
  });
  await context.step(
    'ship',
    async ({ attempt }) => {
      if (attempt === 1) throw new RangeError('no truck');
    },
    { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
  );
  await context.runInChildContext('virtual', async (child) => child.step(async () => 1), { virtualContext: true });
  return 'done';
};

describe('ExecutionOtelPlugin', () => {
  it('makes one tree of an execution over three invocations', async () => {
    await runOf(WORKFLOW).finish();
    expect(sink.tree().sort()).toEqual(
      [
        'Workflow OK',
        ...Array(3).fill('Workflow > Invocation OK'),
        'Workflow > order OK',
        'order > pay OK',
        'pay > pay attempt 1 OK',
        'pay attempt 1 > POST /pay UNSET',
        'order > cool-down OK',
        'order > GET /state UNSET',
        'Workflow > ship OK',
        'ship > ship attempt 1 ERROR',
        'ship > ship attempt 2 OK',
        'Workflow > Step OK',
        'Step > Step attempt 1 OK',
      ].sort(),
    );
    const traceIds = new Set(sink.spans.map((span) => span.spanContext().traceId));
    expect(traceIds.size).toBe(1);
  });

  it('says what the official plugin says, with the times on record', async () => {
    const run = runOf(WORKFLOW);
    await run.finish();
    const arn = expect.stringMatching(/^arn:.*order-7/);
    expect(durableAttributes(sink.named('Workflow')[0])).toEqual({
      'execution.arn': arn,
      'execution.status': 'SUCCEEDED',
    });
    const invocations = sink.named('Invocation').map(durableAttributes);
    expect(invocations).toEqual(
      [
        [true, 'PENDING'],
        [false, 'PENDING'],
        [false, 'SUCCEEDED'],
      ].map(([first, status]) => ({ 'execution.arn': arn, 'invocation.first': first, 'invocation.status': status })),
    );
    expect(sink.named('Invocation')[1]?.attributes['faas.invocation_id']).toBe('request-2');
    const ship = {
      'execution.arn': arn,
      'operation.id': run.service.operation('2')?.Id,
      'operation.type': 'STEP',
      'operation.subtype': 'Step',
      'operation.name': 'ship',
    };
    expect(durableAttributes(sink.named('ship')[0])).toEqual({
      ...ship,
      'operation.status': 'SUCCEEDED',
      'attempt.number': 2,
    });
    expect(durableAttributes(sink.named('ship attempt 1')[0])).toEqual({
      ...ship,
      'attempt.number': 1,
      'attempt.outcome': 'FAILED',
    });
    expect(sink.named('ship attempt 1')[0]?.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual([
      'no truck',
    ]);
    const [wait] = sink.named('cool-down');
    const record = run.service.operation('1-2');
    expect(wait?.startTime[0]).toBe(Math.floor(Number(record?.StartTimestamp) / 1000));
    expect((wait?.endTime[0] ?? 0) - (wait?.startTime[0] ?? 0)).toBe(1);
    expect(sink.named('Workflow')[0]?.startTime[0]).toBe(Date.UTC(2026, 0, 1) / 1000);
  });

  it('links operations to the invocation that they ended in', async () => {
    await runOf(WORKFLOW).finish();
    const [first, second] = sink.named('Invocation').map((span) => span.spanContext().spanId);
    const linked = (name: string) => sink.named(name)[0]?.links.map(({ context }) => context.spanId);
    expect(linked('pay')).toEqual([first]);
    expect(linked('cool-down')).toEqual([second]);
  });

  it.each(['before', 'after'] as const)('sends nothing twice where the process dies %s a checkpoint', async (when) => {
    for (let at = 1; at <= 3; at++) {
      sink = spanSink();
      const run = runOf(WORKFLOW);
      expect(await run.dies(at, when)).toBe(at < 3);
      await run.finish();
      const sent = sink.spans.map(({ name }) => name).filter((name) => name !== 'Invocation');
      const operations = sent.filter((name) => !/attempt|POST|GET/.test(name));
      expect(new Set(operations).size).toBe(operations.length);
      // What a checkpoint ended whose answer was lost is not sent; what ran in it is.
      const orphans = sink.tree().filter((line) => line.startsWith('?'));
      expect(orphans).toEqual(when === 'after' && at === 1 ? ['? > POST /pay UNSET'] : []);
    }
  });

  it('of failures: the execution, the operation, the invocation that is tried again', async () => {
    const run = runOf(async (context) => {
      await context.step('pay', () => Promise.reject(new RangeError('no money')), {
        retryStrategy: () => ({ shouldRetry: false }),
      });
    });
    run.service.faults = {
      before: () =>
        Promise.reject(
          Object.assign(new Error('slow'), { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } }),
        ),
    };
    await expect(run.invoke()).rejects.toThrow();
    run.service.faults = {};
    await run.finish();
    expect(sink.tree()).toEqual([
      'Workflow > Invocation ERROR',
      'pay > pay attempt 1 ERROR',
      'Workflow > pay ERROR',
      'Workflow > Invocation ERROR',
      'Workflow ERROR',
    ]);
    expect(sink.named('Invocation').map(({ attributes }) => attributes['durable.invocation.status'])).toEqual([
      'RETRYING',
      'FAILED',
    ]);
    expect(sink.named('Workflow')[0]?.status.message).toMatch(/no money/);
  });

  it('needs no id generator: then it is one trace, with the execution beside what it is made of', async () => {
    const { tracerProvider } = sink;
    const run = new DurableRun(WORKFLOW, { plugins: [new ExecutionOtelPlugin({ tracerProvider, ...VIRTUAL })] });
    await run.finish();
    expect(new Set(sink.spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(sink.tree()).toEqual(
      expect.arrayContaining(['? > Workflow OK', '? > Invocation OK', 'pay > pay attempt 1 OK']),
    );
  });

  it('keeps executions side by side apart', async () => {
    const runtime = new VirtualRuntime();
    const plugins = [plugin({ idGenerator: undefined })]; // The two have one ARN here.
    const runs = [1, 2].map(
      (number) =>
        new DurableRun(
          (context) =>
            context.runInChildContext(`order ${number}`, async (child) => {
              await child.step(`pay ${number}`, () => runtime.sleep(30 - number));
              await child.step(`ship ${number}`, () => runtime.sleep(10 + number));
            }),
          { runtime, plugins },
        ),
    );
    await Promise.all(runs.map((run) => run.invoke()));
    for (const number of [1, 2]) {
      expect(sink.tree()).toEqual(
        expect.arrayContaining([`order ${number} > pay ${number} OK`, `order ${number} > ship ${number} OK`]),
      );
    }
  });

  it('links invocations to what Lambda traces, and to what else the extractor finds', async () => {
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    await runOf(async () => 1).finish();
    expect(sink.named('Invocation')[0]?.links.map(({ context }) => context.traceId)).toEqual([
      '5759e988bd862e3fe1be46a994272793',
    ]);
    const caller = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    const contextExtractor = () => trace.setSpanContext(ROOT_CONTEXT, caller);
    await new DurableRun(async () => 1, { plugins: [plugin({ contextExtractor })] }).finish();
    expect(sink.named('Invocation')[1]?.links.map(({ context }) => context.traceId)).toEqual([caller.traceId]);
    for (const header of ['', 'Root=1-5759e988-bd86;Parent=53995c3f42cd8ad8', 'Sampled=1']) {
      process.env._X_AMZN_TRACE_ID = header;
      expect(xRayContext()).toBe(ROOT_CONTEXT);
    }
  });

  it('samples all or nothing of an execution', async () => {
    process.env.OTEL_DURABLE_SAMPLING_RATIO = '0';
    await runOf(WORKFLOW).finish();
    expect(sink.spans).toEqual([]);
    process.env.OTEL_DURABLE_SAMPLING_RATIO = 'half';
    expect(() => plugin()).toThrow(/OTEL_DURABLE_SAMPLING_RATIO must be a number from 0 to 1; got "half"/);
  });

  it('adds ids to the lines of the default logger', () => {
    const fields = {
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    };
    const seen: unknown[] = [];
    for (const enrichLogger of [true, false]) {
      const own = plugin({ enrichLogger });
      expect(own.enrichLogContext()).toBeUndefined();
      void own.wrapInvocation(
        {
          executionArn: 'arn',
          requestId: '',
          executionInput: {},
          operations: {},
          updatedOperations: {},
          isFirstInvocation: true,
        },
        async () => {
          seen.push(own.enrichLogContext());
          return { Status: 'PENDING' };
        },
      );
    }
    expect(seen).toEqual([{ ...fields, otelTraceSampled: true }, undefined]);
  });

  it('waits for the export, but not for ever, and fails nothing', async () => {
    const flushed: string[] = [];
    const provider = (forceFlush: () => Promise<void>) => ({
      getTracer: sink.tracerProvider.getTracer.bind(sink.tracerProvider),
      forceFlush,
    });
    const flushes: [() => Promise<void>, number][] = [
      [async () => void flushed.push('done'), 2000],
      [() => Promise.reject(new Error('no network')), 2000],
      [() => new Promise(() => {}), 1],
      [async () => void flushed.push('never'), 0],
    ];
    for (const [forceFlush, flushTimeout] of flushes) {
      const own = new ExecutionOtelPlugin({ tracerProvider: provider(forceFlush), flushTimeout });
      const info = { executionArn: 'arn', requestId: '', executionInput: {}, operations: {} };
      await own.onInvocationEnd({ ...info, status: 'PENDING' });
    }
    expect(flushed).toEqual(['done']);
  });

  it('refuses options that can not be right', () => {
    const wrong: [OtelPluginOptions, RegExp][] = [
      [{ tracerProvider: {} as never }, /ExecutionOtelPlugin: option tracerProvider has no function getTracer/],
      [{ idGenerator: {} as never }, /option idGenerator must be an ExecutionIdGenerator/],
      [{ flushTimeout: -1 }, /option flushTimeout must be 0 to 60000 milliseconds; got -1/],
      [{ workflowSpanName: 7 as never }, /option workflowSpanName must be a string; got 7/],
    ];
    for (const [options, message] of wrong) expect(() => new ExecutionOtelPlugin(options)).toThrow(message);
  });
});

describe('InvocationOtelPlugin', () => {
  it('makes a trace of each invocation, whose spans link to the execution', async () => {
    await new DurableRun(WORKFLOW, { plugins: [new InvocationOtelPlugin({ ...sink, ...VIRTUAL })] }).finish();
    expect(sink.tree()).toEqual(
      expect.arrayContaining(['Invocation OK', 'Workflow OK', 'order > cool-down OK', 'Invocation > order UNSET']),
    );
    const invocations = sink.named('Invocation');
    expect(new Set(invocations.map((span) => span.spanContext().traceId)).size).toBe(3);
    const workflow = sink.named('Workflow')[0]?.spanContext().spanId;
    for (const span of [...invocations, ...sink.named('ship')]) {
      expect(span.links.map(({ context }) => context.spanId)).toEqual([workflow]);
    }
  });
});

describe('the environment', () => {
  it('can name the package: the plugin with its defaults', () => {
    expect(durableExecutionPluginProvider.createPlugin()).toBeInstanceOf(durableExecutionPluginProvider.pluginType);
  });
});
