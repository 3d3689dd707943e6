import { createRequire } from 'node:module';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { replayAwareLogger } from '@middy-durable/logger';
import type { Bench } from '../support/bench.ts';
import type { Row } from '../support/row.ts';

const loggers = new WeakMap<Bench, Logger>();
const metrics = new WeakMap<Bench, Metrics>();

/** A Logger of the real class that prints to the bench: message, request, key of this request. */
class NotedLogger extends Logger {
  constructor(bench: Bench) {
    super({ serviceName: 'orders' });
    const print = (line: string): void => {
      const { message, function_request_id, order } = JSON.parse(line);
      bench.effects.push([message, function_request_id, order].filter(Boolean).join(' '));
    };
    Object.assign(this, { console: { debug: print, info: print, warn: print, error: print } });
  }
}

/** Metrics of the real class that publish to the bench. */
class NotedMetrics extends Metrics {
  constructor(bench: Bench) {
    super({ namespace: 'shop', serviceName: 'orders' });
    const log = (line: string): void => {
      const { began, charged } = JSON.parse(line);
      bench.effects.push({ ...(began && { began }), ...(charged && { charged }) });
    };
    Object.assign(this, { console: { log } });
  }
}

/** What Lambda and the X-Ray daemon are to the tracer: a segment for each invocation. */
const xray = createRequire(createRequire(import.meta.url).resolve('@aws-lambda-powertools/tracer'))(
  'aws-xray-sdk-core',
);
process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs24.x';
process.env._HANDLER = 'index.handler';
const tracer = new Tracer({ captureHTTPsRequests: false });

function inSegment(invocation: () => Promise<unknown>, bench: Bench): Promise<unknown> {
  return tracer.provider.getNamespace().runPromise(async () => {
    const segment = new xray.Segment('facade');
    segment.notTraced = true;
    tracer.setSegment(segment);
    const answer = await invocation();
    const [subsegment] = segment.subsegments as { name: string; isClosed(): boolean }[];
    const state = subsegment?.isClosed() ? 'closed' : 'open';
    const current = tracer.getSegment() === segment ? 'restored' : 'not restored';
    bench.effects.push([subsegment?.name, state, current].join(', '));
    return answer;
  }) as Promise<unknown>;
}

const CLOSED = '## index.handler, closed, restored';
const [BEGAN, CHARGED] = [{ began: 1 }, { began: 1, charged: 1 }];
const FIRST_LINES = ['Lambda invocation event request-1', 'began request-1', 'charged request-1 7'];
const LINES = [...FIRST_LINES, 'Lambda invocation event request-2', 'began request-2'];

/** What the code of the rows about loggers prints. */
const LOGGING: Pick<Row, 'outside' | 'inside'> = {
  outside: (bench) => {
    loggers.get(bench)?.info('began');
    loggers.get(bench)?.appendKeys({ order: 7 });
  },
  inside: (bench) => loggers.get(bench)?.info('charged'),
};

export const observingRows: Row[] = [
  {
    package: '@aws-lambda-powertools/logger',
    code: 'injectLambdaContext(logger, { logEvent: true, resetKeys: true })',
    advice: 'with `replayAwareLogger(logger)`, as in the next row',
    use: (bench) => {
      const logger = new NotedLogger(bench);
      loggers.set(bench, logger);
      return [bench.noted(injectLambdaContext(logger, { logEvent: true, resetKeys: true }))];
    },
    ...LOGGING,
    cells: {
      first: { hooks: ['before after'], effects: FIRST_LINES, says: 'lines have the request id' },
      replay: {
        hooks: ['before', 'before after'],
        effects: LINES,
        says: 'lines outside of steps, and the event, again',
      },
      suspension: {
        hooks: ['before', 'before after'],
        effects: LINES,
        says: 'lines outside of steps, and the event, again; the keys of the request are cleared',
      },
      failure: { hooks: ['before onError'], effects: FIRST_LINES, says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], effects: LINES, says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/logger',
    code: 'replayAwareLogger(logger)` with `injectLambdaContext(logger, { logEvent: true, resetKeys: true })',
    advice: 'this',
    use: (bench) => {
      const logger = new NotedLogger(bench);
      loggers.set(bench, logger);
      return [replayAwareLogger(logger), bench.noted(injectLambdaContext(logger, { logEvent: true, resetKeys: true }))];
    },
    ...LOGGING,
    cells: {
      first: { hooks: ['before after'], effects: FIRST_LINES, says: 'lines have the request id' },
      replay: { hooks: ['before', 'before after'], effects: FIRST_LINES, says: 'each line once' },
      suspension: { hooks: ['before', 'before after'], effects: FIRST_LINES, says: 'each line once' },
      failure: { hooks: ['before onError'], effects: FIRST_LINES, says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], effects: FIRST_LINES, says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/metrics',
    code: 'logMetrics(metrics)',
    advice: '`replayAwareMetrics(metrics)` of `@middy-durable/metrics` in its place: each counts once',
    use: (bench) => {
      const noted = new NotedMetrics(bench);
      metrics.set(bench, noted);
      return [bench.noted(logMetrics(noted))];
    },
    outside: (bench) => metrics.get(bench)?.addMetric('began', MetricUnit.Count, 1),
    inside: (bench) => metrics.get(bench)?.addMetric('charged', MetricUnit.Count, 1),
    cells: {
      first: { hooks: ['before after'], effects: [CHARGED], says: 'published' },
      replay: {
        hooks: ['before', 'before after'],
        effects: [BEGAN],
        says: 'those outside of steps are counted again; those of a process that died are lost',
      },
      suspension: {
        hooks: ['before', 'before after'],
        effects: [CHARGED, BEGAN],
        says: 'published at the suspension; those outside of steps are counted again',
      },
      failure: { hooks: ['before onError'], effects: [CHARGED], says: 'published; the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], effects: [CHARGED, BEGAN], says: 'nothing runs late' },
    },
  },
  {
    package: '@aws-lambda-powertools/tracer',
    code: 'captureLambdaHandler(tracer)',
    advice:
      'as it is; `replayAwareTracer(tracer)` of `@middy-durable/tracer` also traces attempts and annotates executions',
    use: (bench) => [bench.noted(captureLambdaHandler(tracer))],
    around: inSegment,
    cells: {
      first: { hooks: ['before after'], effects: [CLOSED], says: 'one subsegment' },
      replay: { hooks: ['before', 'before after'], effects: [CLOSED], says: 'one subsegment for each invocation' },
      suspension: {
        hooks: ['before', 'before after'],
        effects: [CLOSED, CLOSED],
        says: 'one subsegment for each invocation, closed at the suspension',
      },
      failure: { hooks: ['before onError'], effects: [CLOSED], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], effects: [CLOSED, CLOSED], says: 'nothing runs late' },
    },
  },
];
