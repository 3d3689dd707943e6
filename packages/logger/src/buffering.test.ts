import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { capturedLines } from '../../../test/support/captured-lines.ts';
import { DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import type { ReplayAwareOptions } from './options.ts';
import { replayAwareLogger } from './replay-aware.ts';

const SECOND = { seconds: 1 };
const lines = capturedLines();
const run = (handler: RunHandler) => new DurableRun(handler, { captureLogs: false });

// Powertools holds lines back for one trace.
beforeEach(() => {
  process.env._X_AMZN_TRACE_ID = 'Root=1-abcdef12-3456abcdef123456abcdef12;Parent=1234abcd4321dcba;Sampled=1';
});
afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
});

function holdingLogger(options?: ReplayAwareOptions): Logger {
  const logger = new Logger({ logLevel: 'DEBUG', logBufferOptions: { enabled: true } });
  replayAwareLogger(logger, options);
  return logger;
}

/** Suspends twice, and may end with an error. */
const handlerOf =
  (logger: Logger, ending?: 'error'): RunHandler =>
  async (context) => {
    logger.debug('first');
    await context.step(async () => logger.debug('in the step'));
    logger.info('one');
    await context.wait(SECOND);
    logger.debug('second');
    await context.wait(SECOND);
    logger.debug('third');
    if (ending) logger.error('it went wrong');
  };

describe('lines that are held back for an error', () => {
  it('are dropped when there is none', async () => {
    await run(handlerOf(holdingLogger())).finish();
    expect(lines.messages()).toEqual(['one']);
  });

  it('are printed at one in a later invocation, those of earlier ones too, but for those of steps', async () => {
    await run(handlerOf(holdingLogger(), 'error')).finish();
    expect(lines.messages()).toEqual(['one', 'first', 'second', 'third', 'it went wrong']);
  });

  it('are not printed again at the next one', async () => {
    const logger = holdingLogger();
    await run(async (context) => {
      logger.debug('first');
      logger.error('one');
      await context.wait(SECOND);
      logger.debug('second');
      logger.error('two');
      await context.wait(SECOND);
      logger.error('three');
    }).finish();
    expect(lines.messages()).toEqual(['first', 'one', 'second', 'two', 'three']);
  });

  it('of one execution are not printed at an error of the next', async () => {
    const logger = holdingLogger();
    const execution = run(handlerOf(logger));
    await execution.invoke();
    await run(async () => logger.error('another one')).finish();
    expect(lines.messages()).toEqual(['one', 'another one']);
  });

  it('are printed at each suspension, as an option, and then no more', async () => {
    await run(handlerOf(holdingLogger({ flushOnSuspend: true }), 'error')).finish();
    expect(lines.messages()).toEqual(['one', 'first', 'in the step', 'second', 'third', 'it went wrong']);
  });

  it('are printed when the execution fails where the handler can not catch it', async () => {
    const logger = holdingLogger();
    let name = 'old';
    const execution = run(async (context) => {
      logger.debug('held back');
      await context.step(name, async () => 1);
      await context.wait(SECOND);
    });
    await execution.invoke();
    expect(lines.messages()).toEqual([]);
    name = 'new';
    expect((await execution.finish()).Status).toBe('FAILED');
    expect(lines.messages()).toEqual(['held back']);
  });

  it('are all printed, and marked, where replays are annotated', async () => {
    const logger = holdingLogger({ replay: 'annotate' });
    await run(async (context) => {
      logger.debug('held back');
      await context.wait(SECOND);
      logger.error('failed');
    }).finish();
    expect(lines.all().map(({ message, replay }) => [message, replay])).toEqual([
      ['held back', true],
      ['failed', undefined],
    ]);
  });
});
