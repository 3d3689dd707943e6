import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableLoggingContext } from '../logging/types.ts';
import { retryPresets } from '../retry.ts';

const SECOND = { seconds: 1 };

/** The lines of a whole execution; callbacks are completed with `yes` when it waits for one. */
async function linesOf(handler: RunHandler): Promise<string[]> {
  const run = new DurableRun(handler);
  for (;;) {
    const { output } = await run.invoke();
    if (output.Status !== 'PENDING') return run.lines;
    const callback = [...run.service.state.operations.values()].find(
      ({ Type, Status }) => Type === 'CALLBACK' && Status === 'STARTED',
    );
    const due = run.service.nextDue();
    if (due !== undefined) run.runtime.skipTo(due);
    else if (callback) run.service.succeedCallback(callback.ParentId ? '1-1' : '1', 'yes');
    else throw new Error('It waits for nothing.');
  }
}

describe('11.4 #38: context.logger prints each line once', () => {
  const cases: [string, RunHandler, string[]][] = [
    [
      'between operations',
      async (context) => {
        context.logger.info('begin');
        await context.step(async () => 1);
        context.logger.info('stepped');
        await context.wait(SECOND);
        context.logger.info('waited');
        await context.wait(SECOND);
        context.logger.info('end');
      },
      ['info begin', 'info stepped', 'info waited', 'info end'],
    ],
    [
      'in an unfinished child',
      (context) =>
        context.runInChildContext(async (child) => {
          child.logger.info('begin');
          await child.step(async () => 1);
          child.logger.info('stepped');
          await child.wait(SECOND);
          child.logger.info('end');
        }),
      ['info begin', 'info stepped', 'info end'],
    ],
    [
      'in a virtual child',
      (context) =>
        context.runInChildContext(
          async (child) => {
            child.logger.info('begin');
            await child.wait(SECOND);
            child.logger.info('end');
          },
          { virtualContext: true },
        ),
      ['info begin', 'info end'],
    ],
    [
      'with the handler’s logger in a child',
      (context) =>
        context.runInChildContext(async (child) => {
          context.logger.info('begin');
          await child.wait(SECOND);
          context.logger.info('end');
        }),
      ['info begin', 'info end'],
    ],
    [
      'after a callback that timed out',
      async (context) => {
        const [result] = await context.createCallback({ timeout: SECOND });
        await result.catch(() => context.logger.warn('late'));
        await context.wait(SECOND);
        context.logger.info('end');
      },
      ['warn late', 'info end'],
    ],
    [
      'between making a callback and its result',
      async (context) => {
        const [result, id] = await context.createCallback();
        context.logger.info('made', id.length > 0);
        context.logger.info(await result);
      },
      ['info made true', 'info yes'],
    ],
    [
      'between beginning a wait and awaiting it',
      async (context) => {
        const wait = context.wait(SECOND);
        context.logger.info('begun');
        await wait;
        context.logger.info('over');
      },
      ['info begun', 'info over'],
    ],
    [
      'between beginning a child and awaiting it',
      async (context) => {
        const child = context.runInChildContext((inner) => inner.wait(SECOND));
        context.logger.info('begun');
        await child;
        context.logger.info('over');
      },
      ['info begun', 'info over'],
    ],
    [
      'between beginning a virtual child and awaiting it',
      async (context) => {
        const child = context.runInChildContext((inner) => inner.wait(SECOND), { virtualContext: true });
        context.logger.info('begun');
        await child;
        context.logger.info('over');
      },
      ['info begun', 'info over'],
    ],
    [
      'between a step that replays and a wait that goes on',
      async (context) => {
        const wait = context.wait(SECOND);
        await context.step(async () => 1);
        context.logger.info('stepped');
        await wait;
        context.logger.info('over');
      },
      ['info stepped', 'info over'],
    ],
    [
      'after Promise.race with a wait that stays open',
      async (context) => {
        const long = context.wait({ days: 1 });
        await Promise.race([long, context.wait(SECOND)]);
        context.logger.info('raced');
        await context.wait(SECOND);
        context.logger.info('end');
      },
      ['info raced', 'info end'],
    ],
    [
      'around a retry',
      async (context) => {
        context.logger.info('begin');
        await context.step(
          async ({ attempt, logger }) => {
            logger.info(`attempt ${attempt}`);
            if (attempt < 3) throw new Error('busy');
          },
          { retryStrategy: retryPresets.linear },
        );
        context.logger.info('end');
      },
      ['info begin', 'info attempt 1', 'info attempt 2', 'info attempt 3', 'info end'],
    ],
    [
      'in waitForCallback and its submitter',
      async (context) => {
        context.logger.info('begin');
        const answer = await context.waitForCallback(async (_id, { logger }) => logger.info('submitted'));
        context.logger.info(answer);
      },
      ['info begin', 'info submitted', 'info yes'],
    ],
    [
      'of two children beside each other, each for itself',
      (context) =>
        Promise.all(
          [1, 2].map((seconds) =>
            context.runInChildContext(async (child) => {
              child.logger.info(`begin ${seconds}`);
              await child.wait({ seconds });
              child.logger.info(`end ${seconds}`);
            }),
          ),
        ),
      ['info begin 1', 'info begin 2', 'info end 1', 'info end 2'],
    ],
    [
      'of a context that is rebuilt: only the first time',
      async (context) => {
        await context.runInChildContext(async (child) => {
          child.logger.info('inside');
          return 'x'.repeat(300_000);
        });
        await context.wait(SECOND);
      },
      ['info inside'],
    ],
  ];
  it.each(cases)('%s', async (_name, handler, lines) => {
    expect(await linesOf(handler)).toEqual(lines);
  });

  it('11.4 #39: a line that a killed invocation did not come to is printed by the next', async () => {
    const run = new DurableRun(async (context) => {
      await context.step('a', async () => 1);
      context.logger.info('stepped');
    });
    await run.killAt(1, 'after');
    await run.finish();
    expect(run.lines).toEqual(['info stepped']);
  });
});

describe('configureLogger', () => {
  const recorder = (lines: string[], tag: string) => {
    const print = (...params: unknown[]): void => void lines.push([tag, ...params].join(' '));
    return { error: print, warn: print, info: print, debug: print };
  };

  it('changes only what it is given, for this context and children made later', async () => {
    const lines: string[] = [];
    const run = new DurableRun(
      async (context) => {
        context.configureLogger({ customLogger: recorder(lines, 'A') });
        context.configureLogger({ modeAware: true });
        context.configureLogger({});
        context.logger.info('root');
        await context.runInChildContext(async (child) => {
          child.logger.info('child');
          child.configureLogger({ customLogger: recorder(lines, 'B') });
          child.logger.info('own');
          await child.step(async ({ logger }) => logger.info('step'));
        });
        context.logger.info('still');
      },
      { captureLogs: false },
    );
    await run.finish();
    expect(lines).toEqual(['A root', 'A child', 'B own', 'B step', 'A still']);
  });

  it('modeAware false prints on replay too, and children inherit it', async () => {
    const run = new DurableRun(async (context) => {
      context.configureLogger({ modeAware: false });
      context.logger.info('root');
      await context.runInChildContext(async (child) => {
        child.logger.info('child');
        await child.wait(SECOND);
      });
    });
    await run.finish();
    expect(run.lines).toEqual(['info root', 'info child', 'info root', 'info child']);
  });

  it('a logger that was taken before keeps to its context', async () => {
    const lines: string[] = [];
    const run = new DurableRun(async (context) => {
      const before = context.logger;
      context.configureLogger({ customLogger: recorder(lines, 'new') });
      before.info('old one');
      context.logger.info('new one');
      expect(context.logger).toBe(context.logger);
    });
    await run.finish();
    expect(run.lines).toEqual(['info old one']);
    expect(lines).toEqual(['new new one']);
  });

  it('tells a custom logger of the operation that is running', async () => {
    const data: unknown[] = [];
    let logging: DurableLoggingContext | undefined;
    const custom = {
      ...recorder([], ''),
      info: () => void data.push(logging?.getDurableLogData()),
      configureDurableLoggingContext(given: DurableLoggingContext) {
        logging = given;
      },
    };
    const run = new DurableRun(async (context) => {
      context.configureLogger({ customLogger: custom });
      context.logger.info('');
      await context.step('charge', async ({ logger }) => logger.info(''));
      await context.runInChildContext(async (child) => child.logger.info(''));
    });
    await run.finish();
    const always = { requestId: 'request-1', executionArn: expect.stringContaining('/order-7/') };
    expect(data).toEqual([
      always,
      { ...always, operationId: 'c4ca4238a0b92382', operationName: 'charge', attempt: 1 },
      { ...always, operationId: 'c81e728d9d4c2f63' },
    ]);
  });
});
