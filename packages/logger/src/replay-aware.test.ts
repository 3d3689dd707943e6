import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import { capturedLines } from '../test-support/captured-lines.ts';
import { replayAwareLogger } from './replay-aware.ts';
import { ReplayAwareLogger } from './replay-aware-logger.ts';

const SECOND = { seconds: 1 };
const lines = capturedLines();

/** How a logger becomes replay-aware: an existing one, or one of our class. */
const designs: [string, (options?: ConstructorParameters<typeof Logger>[0]) => Logger][] = [
  [
    'replayAwareLogger',
    (options) => {
      const logger = new Logger(options);
      replayAwareLogger(logger);
      return logger;
    },
  ],
  ['ReplayAwareLogger', (options) => new ReplayAwareLogger(options)],
];

describe.each(designs)('%s', (_design, make) => {
  it('prints each line of an execution once', async () => {
    const logger = make({ serviceName: 'orders' });
    const run = new DurableRun(async (context) => {
      logger.info('begun');
      await context.step('charge', async () => logger.info('charging'));
      logger.info('charged');
      await context.wait(SECOND);
      logger.info('waited');
      await context.wait(SECOND);
      logger.warn('done');
    });
    await run.finish();
    expect(lines.messages()).toEqual(['begun', 'charging', 'charged', 'waited', 'done']);
  });
});
