import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import { currentDurableContext, currentStepContext } from './current-context.ts';
import { durableChildContext } from './durable-child-context.ts';
import { durableStep } from './durable-step.ts';

const SECOND = { seconds: 1 };
const note = durableStep(async function note(text: string) {
  return text;
});
const pick = durableStep(async function pick(text: string) {
  return text;
});

/** A wait that takes no position in the context around it: only ambient calls tell whether that replays. */
const pause = durableChildContext(async () => currentDurableContext()?.wait(SECOND), { name: 'pause' });
const flaky = durableStep(
  async function flaky() {
    if (currentStepContext()?.attempt === 1) throw new Error('once');
  },
  { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
);

async function linesOf(handler: RunHandler): Promise<string[]> {
  const run = new DurableRun(handler);
  await run.finish();
  expect(run.service.state.invocationCount).toBeGreaterThan(1);
  return run.lines.map((line) => line.replace('info ', ''));
}

describe('context.logger prints each line once', () => {
  const cases: [string, RunHandler, string[]][] = [
    [
      'around ambient calls only',
      async (context) => {
        context.logger.info('begin');
        await note('a');
        context.logger.info('noted');
        await pick('a');
        context.logger.info('picked');
        await pause();
        context.logger.info('waited');
        await note('b');
        context.logger.info('noted again');
        await pause();
        context.logger.info('end');
      },
      ['begin', 'noted', 'picked', 'waited', 'noted again', 'end'],
    ],
    [
      'between an operation and an ambient one',
      async (context) => {
        await context.step(async () => 1);
        context.logger.info('stepped');
        await note('a');
        await pause();
        context.logger.info('end');
      },
      ['stepped', 'end'],
    ],
    [
      'between making an ambient call and awaiting it',
      async (context) => {
        const noted = note('a');
        context.logger.info('made');
        await noted;
        context.logger.info('noted');
        await pause();
        context.logger.info('end');
      },
      ['made', 'noted', 'end'],
    ],
    [
      'in plain work before ambient calls in network order',
      async (context, { runtime, service }) => {
        const delays = service.state.invocationCount === 1 ? [10, 20] : [20, 10];
        await Promise.all(
          ['a', 'b'].map(async (item, index) => {
            await runtime.sleep(delays[index] as number);
            context.logger.info(`loaded ${item}`);
            await note(item);
          }),
        );
        context.logger.info('all');
        await pause();
        context.logger.info('end');
      },
      ['loaded a', 'loaded b', 'all', 'end'],
    ],
    [
      'in a child context with ambient calls',
      (context) =>
        context.runInChildContext(async (child) => {
          child.logger.info('begin');
          await note('a');
          child.logger.info('noted');
          await child.wait(SECOND);
          child.logger.info('end');
        }),
      ['begin', 'noted', 'end'],
    ],
    [
      'around and in an ambient child context',
      async (context) => {
        context.logger.info('begin');
        await durableChildContext(
          async () => {
            context.logger.info('in');
            await note('a');
            context.logger.info('noted');
          },
          { name: 'child' },
        )();
        context.logger.info('after');
        await pause();
        context.logger.info('end');
      },
      ['begin', 'in', 'noted', 'after', 'end'],
    ],
    [
      'around and in a virtual context with ambient calls only',
      async (context) => {
        context.logger.info('begin');
        await context.runInChildContext(
          async (child) => {
            child.logger.info('in');
            await note('a');
            child.logger.info('noted');
            await pick('a');
          },
          { virtualContext: true },
        );
        context.logger.info('after');
        await pause();
        context.logger.info('end');
      },
      ['begin', 'in', 'noted', 'after', 'end'],
    ],
    [
      'in a flat parallel',
      async (context) => {
        const branch = (name: string) => async () => {
          await note(name);
          context.logger.info(`${name} noted`);
          await currentDurableContext()?.wait(SECOND);
          context.logger.info(`${name} waited`);
        };
        await context.parallel([branch('a'), branch('b')], { nesting: 'FLAT' });
        await pause();
        context.logger.info('end');
      },
      ['a noted', 'b noted', 'a waited', 'b waited', 'end'],
    ],
    [
      'before a retry',
      async (context) => {
        context.logger.info('begin');
        await flaky();
        context.logger.info('end');
      },
      ['begin', 'end'],
    ],
  ];
  it.each(cases)('%s', async (_name, handler, lines) => {
    expect(await linesOf(handler)).toEqual(lines);
  });

  describe('when an ambient call was removed meanwhile', () => {
    const removed: [string, RunHandler, string[]][] = [
      [
        'what comes after a wait that has ended',
        async (context, { service }) => {
          if (service.state.invocationCount === 1) await note('old');
          context.logger.info('begin');
          await context.wait(SECOND);
          context.logger.info('waited');
        },
        ['begin', 'waited'],
      ],
      [
        'what comes after a new operation',
        async (context, { service }) => {
          if (service.state.invocationCount === 1) await note('old');
          await context.wait(SECOND);
          await context.step(async () => 1);
          context.logger.info('stepped');
          await note('new');
          context.logger.info('noted');
          await context.wait(SECOND);
          context.logger.info('end');
        },
        ['stepped', 'noted', 'end'],
      ],
      [
        'in a virtual context, and after it',
        async (context, { service }) => {
          if (service.state.invocationCount === 1) await note('old');
          await context.runInChildContext(
            async (child) => {
              await child.wait(SECOND);
              child.logger.info('in');
            },
            { virtualContext: true },
          );
          context.logger.info('after');
        },
        ['in', 'after'],
      ],
      [
        'in a child context, and after it',
        async (context, { service }) => {
          await context.runInChildContext(async (child) => {
            if (service.state.invocationCount === 1) await note('old');
            await child.wait(SECOND);
            child.logger.info('in');
          });
          context.logger.info('after');
        },
        ['in', 'after'],
      ],
    ];
    it('what comes after a new operation where the process died before', async () => {
      const run = new DurableRun(async (context, { service }) => {
        if (service.state.invocationCount === 1) await note('old');
        context.logger.info('begin');
        await context.step(async () => 1);
        context.logger.info('stepped');
        await pick('new');
        context.logger.info('picked');
      });
      await run.killAt(2, 'before');
      run.lines.length = 0;
      await run.finish();
      expect(run.lines).toEqual(['info stepped', 'info picked']);
    });

    it.each(removed)('%s is not silent', async (_name, handler, lines) => {
      expect(await linesOf(handler)).toEqual(lines);
    });
  });
});

describe('isReplaying', () => {
  it('is true while ambient calls on record have not been made, and false in the invocation that makes them', async () => {
    const seen: boolean[][] = [];
    const run = new DurableRun(async (context) => {
      const states = [context.isReplaying];
      seen.push(states);
      await note('a');
      states.push(context.isReplaying);
      await note('b');
      states.push(context.isReplaying);
      await pause();
      states.push(context.isReplaying);
    });
    await run.finish();
    expect(seen).toEqual([
      [false, false, false],
      [true, true, true, false],
    ]);
  });

  it('looks at the calls of its own context', async () => {
    const seen: boolean[][] = [];
    const run = new DurableRun(async (context) => {
      const states: boolean[] = [];
      seen.push(states);
      const child = context.runInChildContext(async (inner) => {
        states.push(inner.isReplaying);
        await inner.wait({ hours: 1 });
        states.push(inner.isReplaying);
        await note('in the child');
      });
      await context.wait(SECOND);
      states.push(context.isReplaying);
      await note('here');
      await child;
    });
    await run.finish();
    // In the third one the wait here is on record, and the call after it: the state is that of the handler's context.
    expect(seen).toEqual([[false], [true, false], [true, true, false]]);
  });

  it('holds with a state in pages, and with records that went through JSON', async () => {
    const seen: boolean[] = [];
    const run = new DurableRun(
      async (context) => {
        seen.push(context.isReplaying);
        for (const text of ['a', 'b', 'c']) await note(text);
        seen.push(context.isReplaying);
        await pause();
        seen.push(context.isReplaying);
      },
      { pageSize: 2 },
    );
    await run.invoke();
    for (const record of run.service.state.operations.values()) record.ParentId ??= null as never;
    run.runtime.skipTo(run.service.nextDue() as number);
    await run.finish();
    expect(seen).toEqual([false, false, true, true, false]);
  });
});
