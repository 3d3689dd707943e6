import { Logger } from '@aws-lambda-powertools/logger';
import { search } from '@aws-lambda-powertools/logger/correlationId';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution, withDurableExecution } from '@middy-durable/core';
import middy6 from 'middy-6';
import { capturedLines } from '../../../test/support/captured-lines.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { replayAwareLogger } from './replay-aware.ts';
import { ReplayAwareLogger } from './replay-aware-logger.ts';

const SECOND = { seconds: 1 };
const lines = capturedLines();

type Handler = (event: { id: number }, context: DurableContext) => Promise<unknown>;

const forms: [string, (handler: Handler, ...middlewares: unknown[]) => DurableRun][] = [
  [
    'the execution mode',
    (handler, ...middlewares) =>
      DurableRun.of(
        (durableExecutionClient) =>
          middy(handler as never, { executionMode: durableExecution({ durableExecutionClient }) }).use(
            middlewares as never,
          ) as never,
        { input: '{"id":7}' },
      ),
  ],
  [
    'a wrapped handler of middy 6',
    (handler, ...middlewares) =>
      DurableRun.of(
        (durableExecutionClient) =>
          withDurableExecution(middy6(handler as never).use(middlewares as never) as never, {
            durableExecutionClient,
          }) as never,
        { input: '{"id":7}' },
      ),
  ],
];

describe.each(forms)('in %s', (_form, build) => {
  it('goes with the middleware of Powertools: the event once, correlation id and request in each invocation', async () => {
    const logger = new Logger({ correlationIdSearchFn: search });
    const run = build(
      async (_event, context) => {
        logger.appendKeys({ order: 7 });
        await context.wait(SECOND);
        logger.info('waited');
      },
      injectLambdaContext(logger, { logEvent: true, resetKeys: true, correlationIdPath: 'id' }),
      replayAwareLogger(logger),
    );
    await run.finish();
    const [event, waited, ...others] = lines.all();
    expect(event).toMatchObject({
      message: 'Lambda invocation event',
      event: { id: 7 },
      function_request_id: 'request-1',
    });
    expect(waited).toMatchObject({ message: 'waited', correlation_id: 7, order: 7, function_request_id: 'request-2' });
    expect(others).toEqual([]);
  });

  it('context.logger prints by it, each line once, in its format and with any arguments', async () => {
    const [logger, other] = [new Logger({ serviceName: 'orders' }), new Logger({ serviceName: 'other' })];
    const run = build(
      async (_event, context) => {
        context.logger.info('begun', { total: 12 });
        await context.step('charge', async (step) => step.logger.warn('charging', new Error('slow')));
        context.logger.info('charged %d of', 12, [13]);
        await context.wait(SECOND);
        context.logger.error(new TypeError('bad'));
        context.logger.error(undefined, new Error('wrapped'));
        context.logger.info({ id: 7 });
        context.logger.info({ message: 'own', id: 8 });
        context.logger.debug('not at this level');
        context.logger.error('two', new Error('first'), 3);
      },
      replayAwareLogger([logger, other]),
    );
    await run.finish();
    expect(lines.all()).toEqual([
      expect.objectContaining({ service: 'orders', message: 'begun', total: 12, level: 'INFO' }),
      expect.objectContaining({
        message: 'charging',
        attempt: 1,
        operation_name: 'charge',
        error: expect.objectContaining({ message: 'slow' }),
      }),
      expect.objectContaining({ message: 'charged 12 of [ 13 ]' }),
      expect.objectContaining({ message: 'bad', error: expect.objectContaining({ name: 'TypeError' }) }),
      expect.objectContaining({ message: 'wrapped', error: expect.objectContaining({ message: 'wrapped' }) }),
      expect.objectContaining({ id: 7 }),
      expect.objectContaining({ message: 'own', id: 8 }),
      expect.objectContaining({
        message: expect.stringMatching(/^two Error: first.* 3$/s),
        error: expect.objectContaining({ message: 'first' }),
      }),
    ]);
  });

  it('leaves context.logger alone, as an option', async () => {
    const run = build(
      async (_event, context) => context.logger.info('by the default logger'),
      replayAwareLogger(new Logger(), { contextLogger: false }),
    );
    await run.finish();
    expect(lines.all()).toMatchObject([{ message: 'by the default logger', executionArn: expect.any(String) }]);
  });
});

it('does nothing in an ordinary request', async () => {
  const logger = new Logger();
  const handler = middy(async (_event: unknown, _context: unknown) => logger.info('plain')).use(
    replayAwareLogger(logger),
  );
  await handler({}, {} as never);
  expect(lines.all()).toHaveLength(1);
  expect(lines.all()[0]).not.toHaveProperty('execution_arn');
});

it.each([
  ['replayAwareLogger', () => new Logger()],
  ['ReplayAwareLogger', () => new ReplayAwareLogger()],
])('%s is a logger for configureLogger too', async (_design, make) => {
  const logger = make();
  replayAwareLogger(logger);
  const run = new DurableRun(
    async (context) => {
      context.configureLogger({ customLogger: logger });
      context.logger.info('begun');
      await context.runInChildContext(async (child) => {
        child.logger.info('in the child');
        await child.wait(SECOND);
      });
      context.logger.info('end');
    },
    { captureLogs: false },
  );
  await run.finish();
  expect(lines.messages()).toEqual(['begun', 'in the child', 'end']);
  expect(lines.all()[1]).toHaveProperty('operation_id');
});

describe('under Lambda’s JSON log format', () => {
  afterEach(() => {
    for (const name of ['AWS_LAMBDA_LOG_FORMAT', 'POWERTOOLS_DEV']) delete process.env[name];
  });

  /** As Lambda's runtime does: what the console prints becomes the message of a record. */
  function wrapConsole(): void {
    for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const) {
      jest.spyOn(console, level).mockImplementation((message: unknown) => {
        process.stdout.write(`${JSON.stringify({ level, message })}\n`);
      });
    }
  }

  it.each([
    ['', 1],
    ['true', 0],
  ])('no line is wrapped twice, with POWERTOOLS_DEV=%s', async (dev) => {
    process.env.AWS_LAMBDA_LOG_FORMAT = 'JSON';
    process.env.POWERTOOLS_DEV = dev;
    wrapConsole();
    const logger = new Logger();
    const child = logger.createChild();
    const run = forms[0]?.[1](async (_event, context) => {
      logger.info('by the logger');
      child.warn('by a child');
      context.logger.error('by the context');
    }, replayAwareLogger(logger)) as DurableRun;
    await run.finish();
    const text = lines.text().join('\n');
    expect(console.info).not.toHaveBeenCalled();
    expect(console.warn).not.toHaveBeenCalled();
    expect(text).not.toContain('\\"message\\"');
    for (const message of ['by the logger', 'by a child', 'by the context']) expect(text).toContain(message);
  });
});
