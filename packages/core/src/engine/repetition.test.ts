import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler, type RunOptions } from '../../../../test/support/durable-run.ts';
import { currentDurableInvocation } from '../ambient/current-invocation.ts';
import type { DurableContext } from '../types.ts';

const SECOND = { seconds: 1 };
const VIRTUAL = { virtualContext: true };

/** The lines of code that prints where nothing is repeated, each with the number of its invocation. */
class Lines {
  readonly printed: string[] = [];
  print(line: string, { service }: DurableRun): void {
    if (!currentDurableInvocation()?.isRepeating) this.printed.push(`${service.state.invocationCount} ${line}`);
  }
}

type Handler = (...args: [...Parameters<RunHandler>, print: (line: string) => void]) => Promise<unknown>;

function runOf(handler: Handler, options?: RunOptions): DurableRun & { printed: string[] } {
  const lines = new Lines();
  const run = new DurableRun(
    (context, self, event) => handler(context, self, event, (line) => lines.print(line, self)),
    options,
  );
  return Object.assign(run, { printed: lines.printed });
}

async function linesOf(handler: Handler, options?: RunOptions): Promise<string[]> {
  const run = runOf(handler, options);
  await run.finish();
  return run.printed;
}

describe('behind the last record of a context, after a suspension', () => {
  const cases: [string, Handler, string[]][] = [
    [
      'in a virtual context that has ended',
      async (context, _run, _event, print) => {
        await context.runInChildContext(async (child) => {
          print('begin');
          await child.step(async () => 1);
          print('end');
        }, VIRTUAL);
        print('after');
        await context.wait(SECOND);
        print('waited');
        await context.wait(SECOND);
      },
      ['1 begin', '1 end', '1 after', '2 waited'],
    ],
    [
      'in virtual contexts inside each other, and one without an operation',
      async (context, _run, _event, print) => {
        print('begin');
        await context.runInChildContext(async (outer) => {
          print('outer');
          await outer.runInChildContext(async (inner) => {
            print('inner');
            await inner.step(async () => 1);
            print('inner end');
          }, VIRTUAL);
          await outer.runInChildContext(async () => print('empty'), VIRTUAL);
        }, VIRTUAL);
        print('after');
        await context.wait(SECOND);
        await context.wait(SECOND);
        print('end');
      },
      ['1 begin', '1 outer', '1 inner', '1 inner end', '1 empty', '1 after', '3 end'],
    ],
    [
      'in the items of a FLAT map, in different states',
      async (context, _run, _event, print) => {
        await context.map(
          [0, 1, 2],
          async (item, count) => {
            print(`begin ${count}`);
            await item.step(async () => 1);
            print(`stepped ${count}`);
            for (let waits = 0; waits < count; waits++) {
              await item.wait(SECOND);
              print(`waited ${count}`);
            }
            print(`end ${count}`);
          },
          { nesting: 'FLAT' },
        );
        print('end');
      },
      [
        ...[0, 1, 2].map((count) => `1 begin ${count}`),
        ...['stepped 0', 'end 0', 'stepped 1', 'stepped 2'].map((line) => `1 ${line}`),
        ...['2 waited 1', '2 end 1', '2 waited 2', '3 waited 2', '3 end 2', '3 end'],
      ],
    ],
    [
      'around a virtual context that goes on, with an outcome on record that nobody has met',
      async (context, run, _event, print) => {
        const [result] = await context.createCallback();
        if (run.service.state.invocationCount === 1) run.service.succeedCallback('1', 'yes');
        await context.wait(SECOND);
        await context.runInChildContext(async (outer) => {
          await outer.runInChildContext(async (inner) => {
            await inner.wait(SECOND);
            print('inner');
          }, VIRTUAL);
          print('outer');
        }, VIRTUAL);
        print('after');
        await result;
        await context.wait(SECOND);
      },
      ['3 inner', '3 outer', '3 after'],
    ],
    [
      'in an unfinished child that waits for its parent',
      async (context, _run, _event, print) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const child = context.runInChildContext(async (inner) => {
          await inner.step(async () => 1);
          print('stepped');
          await promise;
          print('woken');
        });
        await context.wait(SECOND);
        print('waited');
        await context.wait(SECOND);
        print('waited again');
        resolve();
        await child;
      },
      ['1 stepped', '2 waited', '3 waited again', '3 woken'],
    ],
    [
      'in a branch that only waits for others: map and parallel side by side',
      async (context, _run, _event, print) => {
        await context.parallel([
          async (branch) => {
            await branch.step(async () => 1);
            print('first');
            const [result] = await branch.createCallback({ timeout: { seconds: 5 } });
            print('made');
            await result.catch(() => print('late'));
            print('first end');
          },
          async (branch) => {
            await branch.wait(SECOND);
            print('second');
            await branch.step(async () => 2);
            print('second end');
          },
        ]);
        print('end');
      },
      ['1 first', '1 made', '2 second', '2 second end', '3 late', '3 first end', '3 end'],
    ],
  ];
  it.each(cases)('%s', async (_name, handler, expected) => {
    const printed = await linesOf(handler);
    expect([...printed].sort()).toEqual([...expected].sort());
  });

  it.each(cases)(
    '%s, where the backend does not say how the invocation before ended',
    async (_name, handler, expected) => {
      const run = runOf(handler);
      const { envelope } = run.service;
      run.service.envelope = () => ({ ...envelope.call(run.service), AfterAnswer: undefined });
      await run.finish();
      expect([...run.printed].sort()).toEqual([...expected].sort());
    },
  );
});

describe('behind work outside of steps', () => {
  it('that was cut by the suspension nothing is lost, also where a callback is open that nobody awaits', async () => {
    const printed = await linesOf(async (context, { runtime }, _event, print) => {
      await context.createCallback({ timeout: { hours: 1 } });
      print('made');
      await runtime.sleep(15_000);
      print('worked');
    });
    expect(printed).toEqual(['1 made', '2 worked']);
  });

  it('what has no record behind it may come twice', async () => {
    const printed = await linesOf(async (context, { runtime }, _event, print) => {
      const wait = context.wait({ hours: 1 });
      await runtime.sleep(5);
      print('worked');
      await wait;
    });
    expect(printed).toEqual(['1 worked', '2 worked']);
  });
});

it('an outcome that an invocation has met comes before one of the same moment that it has not', async () => {
  const run = runOf(async (context, _run, _event, print) => {
    const each = async (child: DurableContext, name: string): Promise<void> => {
      const [result] = await child.createCallback(name);
      print(`${name} ${await result}`);
    };
    await context.map(['first', 'second'], each, { nesting: 'FLAT' });
  });
  await run.invoke();
  const began = run.runtime.now();
  run.service.succeedCallback('1-2-1', 'earlier');
  await run.invoke();
  run.service.succeedCallback('1-1-1', 'later');
  await run.invoke();
  expect(run.runtime.now()).toBe(began);
  expect(run.printed).toEqual(['2 second earlier', '3 first later']);
});

describe('where the process died', () => {
  const steps: Handler = async (context, _run, _event, print) => {
    print('begin');
    await context.step(async () => 1);
    print('one');
    await context.step(async () => 2);
    print('two');
  };

  it('nothing is lost behind the last record: what may not have been printed is', async () => {
    const run = runOf(steps);
    await run.killAt(1, 'after'); // The step is on record, and its outcome has not come to the handler.
    expect(run.printed).toEqual(['1 begin']);
    await run.finish();
    expect(run.printed).toEqual(['1 begin', '2 one', '2 two']);
  });

  it('what no record covers is printed again: that is the only line that comes twice', async () => {
    const run = runOf(steps);
    await run.killAt(2, 'before'); // The first step is on record, its line is out, the second one is not on record.
    await run.finish();
    expect(run.printed).toEqual(['1 begin', '1 one', '2 one', '2 two']);
  });

  it('a step whose start is on record covers the line before it', async () => {
    const run = runOf(async (context, _run, _event, print) => {
      await context.step(async () => 1);
      print('one');
      await context.step(async () => 2, { semantics: 'AT_MOST_ONCE_PER_RETRY' as never });
      print('two');
    });
    await run.killAt(2, 'after');
    await run.finish();
    expect(run.printed).toEqual(['1 one', '3 two']); // The second one only notes that the attempt was interrupted.
  });

  it('an open wait covers nothing that came after it', async () => {
    const run = runOf(async (context, { runtime }, _event, print) => {
      const wait = context.wait({ hours: 1 });
      print('begun');
      await context.step(() => runtime.sleep(5));
      print('stepped');
      await wait;
      print('waited');
    });
    await run.killAt(2, 'after');
    expect(run.printed).toEqual(['1 begun']);
    await run.finish();
    expect(run.printed).toEqual(['1 begun', '2 stepped', '3 waited']);
  });

  it('nor does an outcome that was there long before the code came to it, not in a virtual context either', async () => {
    for (const nested of [false, true]) {
      const run = runOf(async (context, { runtime }, _event, print) => {
        const body = async (inner: DurableContext): Promise<void> => {
          const wait = inner.wait(SECOND);
          wait.then(() => {}); // So that this invocation learns of its end.
          const stepped = async (child: DurableContext): Promise<unknown> => child.step(() => runtime.sleep(5000));
          await (nested ? inner.runInChildContext(stepped, VIRTUAL) : stepped(inner));
          print('stepped');
          await wait;
          print('waited');
        };
        await context.runInChildContext(body, VIRTUAL);
        await context.step(async () => 1);
      });
      // The wait and the step begin; the wait is over; the step ends, and its outcome does not come to the code.
      await run.killAt(3, 'after');
      expect(run.printed).toEqual([]);
      await run.finish();
      expect(run.printed.map((line) => line.slice(2))).toEqual(['stepped', 'waited']);
    }
  });

  it('what was recorded later in another branch covers what came before it', async () => {
    const run = runOf(async (context, { runtime }, _event, print) => {
      await context.parallel(
        [
          async (branch) => {
            await branch.step(async () => 1);
            print('first end');
          },
          async (branch) => {
            await branch.step(() => runtime.sleep(20));
            print('slow');
            await branch.step(() => runtime.sleep(100));
            print('second end');
          },
        ],
        { nesting: 'FLAT' },
      );
    });
    await run.killAfter(50); // By then the start of the last step is on record.
    await run.finish();
    expect(run.printed.map((line) => line.slice(2)).sort()).toEqual(['first end', 'second end', 'slow']);
  });
});

describe('what runs when user code is over', () => {
  it('repeats where the next invocation runs it again, but for hooks of the end', async () => {
    const endings: string[] = [];
    const run = runOf(async (context, { runtime, service }, _event, print) => {
      currentDurableInvocation()?.onEnd((ending) => {
        endings.push(ending);
        print(`hook ${ending}`);
      });
      const { invocationCount } = service.state;
      void runtime.sleep(60_000).then(() => print(`late ${invocationCount}`));
      await context.wait(SECOND);
      void runtime.sleep(60_000).then(() => print('background'));
    });
    await run.invoke();
    await run.runtime.pass(60_000);
    await run.finish();
    await run.runtime.pass(60_000);
    expect(endings).toEqual(['suspended', 'completed']);
    // Of an invocation that has ended by itself nothing comes again.
    expect(run.printed).toEqual(['1 hook suspended', '2 hook completed', '2 late 2', '2 background']);
  });

  it('is told of every ending, in reverse order; a hook that throws is a warning', async () => {
    const notes: string[] = [];
    const run = runOf(async () => {
      const invocation = currentDurableInvocation();
      invocation?.onEnd((ending) => void notes.push(`outer ${ending}`));
      invocation?.onEnd(() => Promise.reject(new Error('no network')));
      throw new Error('failed');
    });
    expect((await run.invoke()).output.Status).toBe('FAILED');
    expect(notes).toEqual(['outer completed']);
    expect(run.warnings).toEqual(["warn A hook of an invocation's end failed: no network"]);
  });

  it('outside of executions there is no invocation', () => {
    expect(currentDurableInvocation()).toBeUndefined();
  });
});

describe('the body of a step', () => {
  it('never repeats, and says which attempt of what it is', async () => {
    const seen: unknown[] = [];
    const run = runOf(async (context) => {
      await context.runInChildContext('order', async (child) => {
        seen.push(currentDurableInvocation()?.logData);
        await child.step('charge', async () => {
          seen.push(currentDurableInvocation()?.isRepeating, currentDurableInvocation()?.logData);
        });
      });
    });
    await run.finish();
    const { DurableExecutionArn: executionArn } = run.service.envelope();
    expect(seen).toEqual([
      expect.objectContaining({ executionArn, requestId: 'request-1', operationName: 'order' }),
      false,
      expect.objectContaining({ executionArn, operationName: 'charge', attempt: 1 }),
    ]);
  });
});
