import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { afterEach, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import {
  type DurableContext,
  durableExecution,
  type PartialLambdaContext,
  withDurableExecution,
} from '@middy-durable/core';
import { capturedLines } from '../../../test/support/captured-lines.ts';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { replayAwareLogger } from './replay-aware.ts';
import { ReplayAwareLogger } from './replay-aware-logger.ts';

const lines = capturedLines();
afterEach(() => {
  delete process.env.AWS_LAMBDA_LOG_LEVEL;
});

/** What Powertools says of its own draw, when a logger is made, is left out. */
const said = (): unknown[] => lines.messages().filter((message) => !String(message).startsWith('Setting log level'));

/** The first invocation of an execution with that name. */
async function execute(name: string, body: (context: DurableContext) => unknown): Promise<void> {
  const { service, runtime } = new DurableRun(async () => {});
  const handler = withDurableExecution(async (_event, context: DurableContext) => body(context), {
    durableExecutionClient: service.client,
  });
  const envelope = service.envelope();
  const arn = envelope.DurableExecutionArn.replace('order-7', name);
  const event = { ...envelope, DurableExecutionArn: arn };
  await runtime.until(handler(event as never, {} as PartialLambdaContext as never));
}

const names = Array.from({ length: 200 }, (_, index) => `order-${index}`);

describe('sampling', () => {
  it.each([
    ['replayAwareLogger', (rate: number) => new Logger({ sampleRateValue: rate })],
    ['ReplayAwareLogger', (rate: number) => new ReplayAwareLogger({ sampleRateValue: rate })],
  ])('%s: decides for an execution, the same each time, and at the rate', async (_design, make) => {
    const debugged = async (logger: Logger): Promise<unknown[]> => {
      lines.clear();
      for (const name of names) await execute(name, () => logger.debug(name));
      return lines.messages();
    };
    const logger = make(0.3);
    replayAwareLogger(logger);
    const sampled = await debugged(logger);
    expect(sampled.length).toBeGreaterThan(200 * 0.2);
    expect(sampled.length).toBeLessThan(200 * 0.4);
    const other = make(0.3);
    replayAwareLogger(other);
    expect(await debugged(other)).toEqual(sampled);
    expect(lines.all()[0]).toMatchObject({ sampling_rate: 0.3 });
  });

  it('holds through suspensions, with the middleware of Powertools that draws for each invocation', async () => {
    const logger = new Logger({ sampleRateValue: 0.5 });
    const seen = new Set<string>();
    for (let count = 0; count < 8; count++) {
      lines.clear();
      const run = DurableRun.of(
        (durableExecutionClient) =>
          middy(
            async (_event: unknown, context: DurableContext) => {
              for (let waits = 0; waits < 6; waits++) {
                logger.debug(`${waits}`);
                await context.wait({ seconds: 1 });
              }
            },
            { executionMode: durableExecution({ durableExecutionClient }) },
          )
            .use(replayAwareLogger(logger))
            .use(injectLambdaContext(logger)) as never,
      );
      await run.finish();
      seen.add(lines.messages().join());
    }
    expect(seen.size).toBe(1);
    expect(['', '0,1,2,3,4,5']).toContain([...seen][0]);
  });

  it('leaves the level of what is not sampled as it was made', async () => {
    const logger = new Logger({ logLevel: 'WARN', sampleRateValue: 1e-9 });
    replayAwareLogger(logger);
    await execute('a', () => logger.info('no'));
    await execute('a', () => logger.warn('yes'));
    expect(said()).toEqual(['yes']);
  });

  it('is inherited by children, unless they are told something else', async () => {
    const logger = new Logger({ sampleRateValue: 1 });
    replayAwareLogger(logger);
    await execute('a', () => {
      logger.createChild().debug('child');
      logger.createChild({ sampleRateValue: 0, logLevel: 'INFO' }).debug('no');
      logger.createChild({ logLevel: 'ERROR' }).debug('told its level');
    });
    expect(said()).toEqual(['child', 'told its level']);
  });

  it('does nothing to TRACE, and nothing where Lambda sets the level', async () => {
    const traced = new Logger({ logLevel: 'TRACE', sampleRateValue: 1 });
    replayAwareLogger(traced);
    await execute('a', () => traced.trace('trace'));
    process.env.AWS_LAMBDA_LOG_LEVEL = 'DEBUG';
    const set = new Logger({ sampleRateValue: 1e-9 });
    replayAwareLogger(set);
    await execute('a', () => set.debug('debug'));
    expect(said()).toEqual(['trace', 'debug']);
  });

  it('outside of executions is drawn for each invocation, as before', () => {
    const logger = new Logger({ sampleRateValue: 0.5 });
    replayAwareLogger(logger);
    const levels = new Set<string>();
    for (let count = 0; count < 100; count++) {
      logger.refreshSampleRateCalculation();
      levels.add(logger.getLevelName());
    }
    expect(levels).toEqual(new Set(['DEBUG', 'INFO']));
    const plain = new Logger();
    replayAwareLogger(plain);
    plain.setLogLevel('WARN');
    plain.refreshSampleRateCalculation();
    plain.refreshSampleRateCalculation();
    expect(plain.getLevelName()).toBe('INFO');
  });
});
