import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Tracer } from '@aws-lambda-powertools/tracer';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import inputOutputLogger from '@middy/input-output-logger';
import { createService, type Service } from '@middy-durable/backend';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import {
  aroundStep,
  checkpointed,
  currentDurableInvocation,
  onlyFirst,
  onResume,
  onSuspend,
} from '@middy-durable/core/middleware';
import { replayAwareLogger } from '@middy-durable/logger';
import { replayAwareMetrics } from '@middy-durable/metrics';
import { ExecutionOtelPlugin } from '@middy-durable/otel';
import { replayAwareTracer } from '@middy-durable/tracer';
import { BACKENDS, type OpenBackend } from '../support/backends.ts';
import { capturedLines } from '../support/captured-lines.ts';
import { type NotedMetrics, notedMetrics } from '../support/noted-metrics.ts';
import { type SpanSink, spanSink } from '../support/spans.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';
import { fakeXRay, type XRay } from '../support/x-ray.ts';

const SECOND = { seconds: 1 };
/** Executions that run at once, and one that comes after them in the same process. */
const AT_ONCE = ['a', 'b'];
const NEXT = 'c';
const TENANTS = [...AT_ONCE, NEXT];

/** What one execution counts. */
const EACH_ONCE = [
  ...['received', 'reserved', 'afterReserve', 'mailed', 'picked', 'packed', 'pickedAgain', 'packedAgain', 'shelf'],
  ...['asked', 'noAnswer', 'tried', 'shipped', 'done', 'fromMiddleware'],
].sort();
const limits = ({ internal }: { internal: Record<string, unknown> }): void => {
  internal.limit = 7;
};
/** What one execution prints, besides its suspensions. */
const LINES = [
  ...['Lambda invocation event', 'received', 'reserving', 'reserved', 'mailing', 'mailing', 'mailed', 'waited'],
  ...['picking', 'picked', 'picked again', 'packing', 'packed', 'packed again', 'joined', 'shelf', 'asking'],
  ...['survived', 'shipping', 'shipping', 'shipped', 'done'],
].sort();
const STEPS = ['reserve', 'mail', 'pick', 'pack', 'ship'];

const lines = capturedLines();
// As in a module of a user: made when it is loaded, and used by code that knows nothing of executions.
const logger = new Logger({ serviceName: 'orders' });
const billing = logger.createChild({ persistentKeys: { part: 'billing' } });
const log = logger.info.bind(logger);

/** Logger, metrics, tracer and spans of one module, used by executions at once and by the next one, each suspended five times and dead twice. */
describe.each(Object.entries(BACKENDS))('a real handler on %s', (_, makeBackend) => {
  let open: OpenBackend;
  let clock: VirtualRuntime;
  let service: Service;
  let noted: NotedMetrics;
  let xray: XRay;
  let tracer: Tracer;
  let sink: SpanSink;
  let answers: Record<string, string[]>;
  let handler: (event: unknown, context: never) => Promise<unknown>;
  /** Kills the process of the invocation that is under way for a tenant. */
  let deaths: Map<string, () => void>;

  beforeEach(async () => {
    clock = new VirtualRuntime();
    open = await makeBackend({ clock });
    noted = notedMetrics();
    xray = fakeXRay();
    tracer = xray.tracer;
    sink = spanSink();
    deaths = new Map();
    answers = Object.fromEntries(TENANTS.map((tenant) => [tenant, []]));
    handler = deployed();
    service = createService({
      backend: open.backend,
      retries: { jitter: 'none' },
      invoke: async (functionName, envelope, { requestId }) => {
        const { executionName: tenant } = nameOf(envelope);
        const died = new Promise<never>((_resolve, reject) => {
          deaths.set(tenant, () => reject(new Error('The process died.')));
        });
        // Without a deadline: what is as good as dead must not keep the process of the tests.
        const context = { functionName, awsRequestId: requestId };
        try {
          const output = await Promise.race([xray.invocation(() => handler(envelope, context as never)), died]);
          answers[tenant]?.push((output as { Status: string }).Status);
          return output as never;
        } catch (error) {
          answers[tenant]?.push('died');
          throw error;
        }
      },
      onError: () => {},
    });
  });
  afterEach(() => open.close());

  function deployed(): typeof handler {
    const { metrics } = noted;
    const count = (name: string) => metrics.addMetric(name, MetricUnit.Count, 1);
    const killed = new Set<string>();
    /** Once for each execution and place. */
    async function die(tenant: string, place: string, allSent?: () => Promise<unknown>): Promise<void> {
      const key = `${tenant} ${place}`;
      if (killed.has(key)) return;
      killed.add(key);
      await allSent?.();
      deaths.get(tenant)?.();
      await new Promise(() => {});
    }
    const plugin = new ExecutionOtelPlugin({ ...sink, flushTimeout: 0 });
    const middlewares = [
      replayAwareLogger(logger),
      injectLambdaContext(logger, { logEvent: true, resetKeys: true }),
      replayAwareMetrics(metrics),
      replayAwareTracer(tracer),
      inputOutputLogger({ logger: () => {} }),
      errorLogger({ logger: () => {} }),
      onSuspend(() => log('left behind')),
      onResume(() => tracer.putAnnotation('resumed', true)),
      aroundStep(async (next) => next()),
      onlyFirst({ before: () => void tracer.putAnnotation('first', true) }),
      checkpointed({ before: limits }, { name: 'limits', save: ['internal.limit'] }),
      { before: () => void count('fromMiddleware'), after: () => {} },
    ];
    expect(middlewares.length).toBeGreaterThanOrEqual(10);
    const durable = middy(
      async ({ tenant }: { tenant: string }, context: DurableContext) => {
        metrics.addDimension('tenant', tenant);
        tracer.putAnnotation('tenant', tenant);
        logger.appendKeys({ [`of ${tenant}`]: true });
        count('received');
        log('received');
        await context.step('reserve', async () => {
          log('reserving');
          count('reserved');
        });
        count('afterReserve');
        log('reserved');
        await context.step('mail', async () => {
          count('mailed');
          billing.info('mailing');
          await die(
            tenant,
            'in a step',
            () =>
              // A dead process sends nothing: with holdStart 0 the start of the step is sent at once, and then nothing is left to send.
              new Promise((recorded) => currentDurableInvocation()?.observe({ recorded: () => recorded(undefined) })),
          );
        });
        log('mailed');
        await context.wait(SECOND);
        log('waited');
        await context.parallel([
          { name: 'picking', func: branch('pick', 'picked', 1) },
          { name: 'packing', func: branch('pack', 'packed', 2) },
        ]);
        context.logger.info('joined');
        await context.runInChildContext('shelf', async () => {
          count('shelf');
          log('shelf');
        });
        const asked = async (): Promise<void> => {
          log('asking');
          count('asked');
        };
        await context.waitForCallback('approval', asked, { timeout: { seconds: 3 } }).catch(() => count('noAnswer'));
        await die(tenant, 'in the handler');
        log('survived');
        await context.step(
          'ship',
          async ({ attempt }) => {
            count(attempt === 1 ? 'tried' : 'shipped');
            log('shipping');
            if (attempt === 1) throw new Error('no truck');
          },
          { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
        );
        log('shipped');
        count('done');
        log('done');
        return tenant;
      },
      { executionMode: durableExecution({ backend: open.backend, plugins: [plugin], holdStart: 0 }) },
    );
    for (const middleware of middlewares) durable.use(middleware as never);
    return durable as never;

    function branch(step: string, metric: string, seconds: number) {
      return async (child: DurableContext): Promise<void> => {
        log(`${step}ing`);
        await child.step(step, async () => count(metric) && 1);
        billing.info(metric);
        await child.wait({ seconds });
        count(`${metric}Again`);
        log(`${metric} again`);
      };
    }
  }

  async function settle(): Promise<void> {
    for (;;) {
      const next = await service.tick();
      await service.idle();
      if (next === undefined || next > clock.now()) return;
    }
  }

  async function toTheEnd(): Promise<void> {
    for (;;) {
      await settle();
      const next = await open.backend.engine.store.nextDue();
      const { DurableExecutions } = await open.backend.executions.list({ statuses: ['RUNNING'], maxItems: 1 });
      if (DurableExecutions.length === 0 || next === undefined) return;
      clock.skipTo(next);
    }
  }

  it('prints each line once, counts each metric once, traces each attempt once, and lets nothing into another execution', async () => {
    for (const group of [AT_ONCE, [NEXT]]) {
      for (const tenant of group) {
        await service.start({ functionName: 'orders', name: tenant, input: JSON.stringify({ tenant }) });
      }
      await toTheEnd();
    }
    for (const tenant of TENANTS) {
      const all = answers[tenant] ?? [];
      expect(all.filter((answer) => answer === 'PENDING')).toHaveLength(5);
      expect(all.filter((answer) => answer === 'died')).toHaveLength(2);
      expect(all.at(-1)).toBe('SUCCEEDED');
      const counted = noted.published
        .filter((document) => document.tenant === tenant)
        .flatMap(({ tenant: _tenant, ...metrics }) =>
          Object.entries(metrics).flatMap(([name, values]) => [values].flat().map(() => name)),
        );
      expect(counted.sort()).toEqual(EACH_ONCE);

      const arn = new RegExp(`/durable-execution/${tenant}/`);
      const printed = lines.all().filter(({ execution_arn }) => arn.test(String(execution_arn)));
      const messages = printed.map(({ message }) => message);
      expect(messages.filter((message) => message !== 'left behind').sort()).toEqual(LINES);
      const others = TENANTS.filter((other) => other !== tenant);
      for (const line of printed) for (const other of others) expect(line).not.toHaveProperty([`of ${other}`]);
      expect(printed.find(({ message }) => message === 'packed')).toMatchObject({ part: 'billing' });
      expect(printed.find(({ message }) => message === 'done')).toHaveProperty([`of ${tenant}`], true);

      const sent = xray.sent.filter(({ annotations }) => arn.test(String(annotations.execution_arn)));
      const attempts = sent.filter(({ name }) => name.startsWith('### ')).map(({ name }) => name.slice(4));
      expect(attempts.filter((name) => STEPS.includes(name)).sort()).toEqual([...STEPS, 'ship'].sort());
      // One that was frozen, not dead, learns from the backend that it is over.
      const handlers = sent.filter(
        ({ name, annotations }) => name === '## index.handler' && annotations.invocation_status !== 'RETRYING',
      );
      // Hooks of a suspension are no code that runs again. What was frozen suspends too.
      const left = sent.filter(({ annotations }) => /PENDING|RETRYING/.test(String(annotations.invocation_status)));
      expect(messages.filter((message) => message === 'left behind')).toHaveLength(left.length);
      expect(handlers.map(({ annotations: { tenant, invocation_status } }) => [tenant, invocation_status])).toEqual(
        all.filter((answer) => answer !== 'died').map((answer) => [tenant, answer]),
      );

      const spans = sink.spans.filter(({ attributes }) => arn.test(String(attributes['durable.execution.arn'])));
      const operations = spans.filter(({ attributes }) => 'durable.operation.status' in attributes);
      // What ended outside is told again to the invocation after one that died: the same span, sent again.
      const ids = new Set(operations.map(({ attributes }) => attributes['durable.operation.id']));
      expect(new Set(operations.map((span) => span.spanContext().spanId)).size).toBe(ids.size);
      const steps = operations.filter(({ attributes }) => attributes['durable.operation.type'] === 'STEP');
      expect(
        steps
          .map(({ name }) => name)
          .filter((name) => STEPS.includes(name))
          .sort(),
      ).toEqual(STEPS.toSorted());
      expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    }
    expect(noted.published.every(({ tenant }) => TENANTS.includes(tenant as string))).toBe(true);
    expect(xray.sent.filter(({ open }) => open)).toEqual([]);
    expect(sink.tree().filter((line) => line.startsWith('?'))).toEqual([]);
    // Nothing is left for who comes next.
    lines.clear();
    log('outside');
    const left = ['execution_arn', ...TENANTS.map((tenant) => `of ${tenant}`)];
    for (const key of left) expect(lines.all()[0]).not.toHaveProperty([key]);
    noted.metrics.publishStoredMetrics();
    expect(noted.published.at(-1)).toMatchObject({ done: 1 });
  });
});

function nameOf(envelope: unknown): { executionName: string } {
  const { DurableExecutionArn } = envelope as { DurableExecutionArn: string };
  return { executionName: /\/durable-execution\/([^/]+)\//.exec(DurableExecutionArn)?.[1] ?? '' };
}
