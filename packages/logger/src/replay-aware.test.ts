import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from '@jest/globals';
import type { DurableContext } from '@middy-durable/core';
import { capturedLines } from '../../../test/support/captured-lines.ts';
import { DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import type { ReplayAwareOptions } from './options.ts';
import { replayAwareLogger } from './replay-aware.ts';
import { ReplayAwareLogger } from './replay-aware-logger.ts';

const SECOND = { seconds: 1 };
const lines = capturedLines();

type PowertoolsOptions = ConstructorParameters<typeof Logger>[0];
type Make = (options?: PowertoolsOptions, replayAware?: ReplayAwareOptions) => Logger;

/** How a logger becomes replay-aware: an existing one, or one of our class. */
const designs: [string, Make][] = [
  [
    'replayAwareLogger',
    (options, replayAware) => {
      const logger = new Logger(options);
      replayAwareLogger(logger, replayAware);
      return logger;
    },
  ],
  ['ReplayAwareLogger', (options, replayAware) => new ReplayAwareLogger(options, replayAware)],
];

const run = (handler: RunHandler, input?: string) => new DurableRun(handler, { input, captureLogs: false });

describe.each(designs)('%s: each line once', (_design, make) => {
  it('of a handler that suspends', async () => {
    const logger = make();
    await run(async (context) => {
      logger.info('begun');
      await context.step('charge', async () => logger.info('charging'));
      logger.info('charged');
      await context.wait(SECOND);
      logger.info('waited');
      await context.wait(SECOND);
      logger.warn('done');
    }).finish();
    expect(lines.messages()).toEqual(['begun', 'charging', 'charged', 'waited', 'done']);
  });

  it('by every level, and by methods that were bound before', async () => {
    const logger = make({ logLevel: 'TRACE' });
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const;
    const bound = levels.map((level) => logger[level].bind(logger));
    await run(async (context) => {
      for (const log of bound) log('line');
      await context.wait(SECOND);
    }).finish();
    expect(lines.all().map(({ level }) => level)).toEqual(levels.map((level) => level.toUpperCase()));
  });

  it('of children, made anywhere, and of theirs', async () => {
    const logger = make();
    const early = logger.createChild({ persistentKeys: { child: 'early' } });
    await run(async (context) => {
      early.info('line');
      early.createChild({ persistentKeys: { child: 'of early' } }).info('line');
      logger.createChild({ persistentKeys: { child: 'late' } }).info('line');
      await context.wait(SECOND);
    }).finish();
    expect(lines.all().map(({ child }) => child)).toEqual(['early', 'of early', 'late']);
    expect(lines.all()[1]).toHaveProperty('execution_arn');
  });

  it('of each attempt of a step, whatever it comes to', async () => {
    const logger = make();
    await run(async (context) => {
      await context.step(
        async ({ attempt }) => {
          logger.info(`attempt ${attempt}`);
          if (attempt < 3) throw new Error('busy');
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
      );
      logger.info('done');
    }).finish();
    expect(lines.messages()).toEqual(['attempt 1', 'attempt 2', 'attempt 3', 'done']);
    expect(lines.all().map(({ attempt }) => attempt)).toEqual([1, 2, 3, undefined]);
  });

  it('of branches in different states, an unfinished child, and after a callback that timed out', async () => {
    const logger = make();
    await run(async (context) => {
      const branch = (name: string, waits: number) => async (own: DurableContext) => {
        logger.info(`${name} begins`);
        for (let count = 1; count <= waits; count++) {
          await own.wait(SECOND);
          logger.info(`${name} waited ${count}`);
        }
      };
      await context.parallel([branch('a', 1), branch('b', 3)]);
      await context.map([1, 2], (own, waits) => branch(`item ${waits}`, waits)(own), { nesting: 'FLAT' });
      await context.runInChildContext(async (child) => {
        const [result] = await child.createCallback({ timeout: SECOND });
        logger.info('asked');
        await result.catch((error) => logger.warn(`late: ${(error as Error).name}`));
        await child.wait(SECOND);
      });
      logger.info('end');
    }).finish();
    const expected = ['a begins', 'a waited 1', 'b begins', 'b waited 1', 'b waited 2', 'b waited 3'];
    const items = ['item 1 begins', 'item 1 waited 1', 'item 2 begins', 'item 2 waited 1', 'item 2 waited 2'];
    const rest = ['asked', 'late: CallbackTimeoutError', 'end'];
    expect(lines.messages().sort()).toEqual([...expected, ...items, ...rest].sort());
  });

  it('of a process that died: what the record covers', async () => {
    const logger = make();
    const once = { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }), timeout: { hours: 1 } };
    const execution = run(async (context, { runtime }) => {
      await context.step(async () => 1);
      logger.info('before the long one');
      await context.step(() => runtime.sleep(100), once);
      logger.info('after it');
    });
    await execution.killAfter(50);
    await execution.finish();
    expect(lines.messages()).toEqual(['before the long one', 'after it']);
  });

  it('or, as an option, all of them, and which are repeated', async () => {
    const logger = make({}, { replay: 'annotate' });
    await run(async (context) => {
      logger.info('begun');
      await context.wait(SECOND);
      logger.info('waited');
    }).finish();
    expect(lines.all().map(({ message, replay }) => [message, replay])).toEqual([
      ['begun', undefined],
      ['begun', true],
      ['waited', undefined],
    ]);
  });

  it('as its family was told last, also when a child is made after that', async () => {
    const logger = make();
    replayAwareLogger(logger, { replay: 'annotate' });
    const child = logger.createChild();
    await run(async (context) => {
      logger.info('parent');
      child.info('child');
      await context.wait(SECOND);
    }).finish();
    const twice = ['parent', 'child', 'parent', 'child'];
    expect(lines.all().map(({ message }) => message)).toEqual(twice);
  });
});

describe.each(designs)('%s: fields of a line', (_design, make) => {
  it('tell the execution, the operation and the attempt', async () => {
    const logger = make();
    const execution = run(async (context) => {
      logger.info('outside');
      await context.runInChildContext('order', async (child) => {
        logger.info('in the child');
        await child.step('charge', async () => logger.info('in the step', { total: 12 }));
      });
    });
    await execution.finish();
    const { DurableExecutionArn: execution_arn } = execution.service.envelope();
    const [outside, inChild, inStep] = lines.all();
    expect(outside).toMatchObject({ message: 'outside', execution_arn });
    expect(Object.keys(outside as object)).not.toContain('operation_id');
    const ids = [execution.service.operation('1')?.Id, execution.service.operation('1-1')?.Id];
    expect(inChild).toMatchObject({ execution_arn, operation_id: ids[0], operation_name: 'order' });
    expect(inStep).toMatchObject({ operation_id: ids[1], operation_name: 'charge', attempt: 1, total: 12 });
  });

  it('outside of executions are as they were', () => {
    make({ serviceName: 'orders' }).info('plain', { a: 1 });
    const [line] = lines.all();
    expect(Object.keys(line as object).sort()).toEqual([
      'a',
      'level',
      'message',
      'sampling_rate',
      'service',
      'timestamp',
    ]);
  });

  it('that the line itself has go before', async () => {
    const logger = make();
    await run(async (context) => {
      await context.step('charge', async () => logger.info({ message: 'm', attempt: 'own', execution_arn: 'own' }));
      await context.step('charge', async () => logger.info('m', { operation_name: 'own' }));
    }).finish();
    expect(lines.all()).toMatchObject([
      { message: 'm', attempt: 'own', execution_arn: 'own' },
      { message: 'm', operation_name: 'own' },
    ]);
  });

  it('reach a formatter of the user', async () => {
    class Own extends LogFormatter {
      formatAttributes(attributes: { message: string }, added: Record<string, unknown>): LogItem {
        return new LogItem({ attributes: { text: attributes.message, added: Object.keys(added) } });
      }
    }
    const logger = make({ logFormatter: new Own() as never });
    await run(async () => {
      logger.appendKeys({ orderId: 7 });
      logger.info('m');
    }).finish();
    expect(lines.all()).toEqual([{ text: 'm', added: ['execution_arn', 'orderId'] }]);
  });

  it('of plugins are in it; names that Powertools keeps to itself are not', async () => {
    const logger = make();
    const plugin = { enrichLogContext: () => ({ trace_id: 't-1', level: 'NONE', message: 'none' }) };
    await new DurableRun(async () => logger.info('m'), { plugins: [plugin], captureLogs: false }).finish();
    expect(lines.all()).toEqual([expect.objectContaining({ trace_id: 't-1', level: 'INFO', message: 'm' })]);
  });
});

describe.each(designs)('%s: temporary keys', (_design, make) => {
  it('are set anew by code that runs again, and stand in the lines after it', async () => {
    const logger = make({ persistentKeys: { region: 'eu' } });
    await run(async (context) => {
      logger.appendKeys({ order: { id: 7 } });
      logger.setCorrelationId('c-1');
      await context.wait(SECOND);
      logger.appendKeys({ order: { total: 12 }, region: 'us' });
      logger.info(String(logger.getCorrelationId()));
      logger.removeKeys(['order', 'region']);
      logger.info('removed');
      logger.resetKeys();
      logger.info(`reset ${logger.getCorrelationId()}`);
    }).finish();
    const [set, removed, reset] = lines.all();
    expect(set).toMatchObject({
      message: 'c-1',
      order: { id: 7, total: 12 },
      correlation_id: 'c-1',
      region: 'us',
    });
    expect(removed).toMatchObject({ region: 'eu', correlation_id: 'c-1' });
    expect(removed).not.toHaveProperty('order');
    expect(reset).toMatchObject({ message: 'reset undefined' });
    expect(reset).not.toHaveProperty('correlation_id');
  });

  it('do not reach the next execution, nor one beside it, nor a child of it', async () => {
    const logger = make();
    const child = logger.createChild();
    const handler: RunHandler = async (context, _run, event) => {
      const { id } = event as { id: number };
      logger.appendKeys({ [`order${id}`]: id });
      child.appendKeys({ [`child${id}`]: id });
      await context.step(async () => 1);
      logger.info(`order ${id}`);
      child.info(`child ${id}`);
      logger.createChild().info(`late child ${id}`);
      await context.wait(SECOND);
      logger.info(`end ${id}`);
    };
    const [one, two] = [run(handler, '{"id":1}'), run(handler, '{"id":2}')];
    await Promise.all([one.finish(), two.finish()]);
    await run(async () => logger.info('next')).finish();
    const keys = lines.all().map((line) => [line.message, Object.keys(line).filter((key) => /\d$/.test(key))]);
    for (const id of [1, 2]) {
      expect(keys).toEqual(
        expect.arrayContaining([
          [`order ${id}`, [`order${id}`]],
          [`child ${id}`, [`child${id}`]],
          [`late child ${id}`, [`order${id}`]],
          [`end ${id}`, [`order${id}`]],
        ]),
      );
    }
    expect(keys).toHaveLength(9);
    expect(keys.at(-1)).toEqual(['next', []]);
  });

  it('outside of executions are kept as before', async () => {
    const logger = make();
    logger.appendKeys({ module: 'orders' });
    await run(async () => logger.info('inside')).finish();
    logger.info('outside');
    logger.resetKeys();
    logger.info('reset');
    expect(lines.all().map(({ module }) => module)).toEqual(['orders', 'orders', undefined]);
  });

  it('that are reserved are dropped with the warning of Powertools', async () => {
    const logger = make();
    await run(async () => {
      logger.appendKeys({ level: 'NONE', ok: 1 } as never);
      logger.info('m');
    }).finish();
    expect(lines.all()).toMatchObject([
      { level: 'WARN', message: 'The key "level" is a reserved key and will be dropped.' },
      { level: 'INFO', message: 'm', ok: 1 },
    ]);
  });

  it('can not change what objects are', async () => {
    const logger = make();
    await run(async () => {
      logger.appendKeys(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":{"polluted":1},"b":2}}'));
      logger.info('m');
    }).finish();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(lines.all()).toMatchObject([{ message: 'm', a: { b: 2 } }]);
    expect(lines.text()[0]).not.toContain('polluted');
  });
});
