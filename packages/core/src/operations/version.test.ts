import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { DurableContext } from '../types.ts';

/** One execution, with the code that was deployed before and the code that is deployed now. */
class Deployed {
  code: RunHandler;
  readonly bodies: string[] = [];
  readonly run: DurableRun;

  constructor(code: RunHandler) {
    this.code = code;
    this.run = new DurableRun((...args) => this.code(...args));
  }

  readonly step = (context: DurableContext, name: string) =>
    context.step(name, async () => {
      this.bodies.push(name);
      return name;
    });

  marks(): OperationRecord[] {
    return [...this.run.service.state.operations.values()].filter(({ SubType }) => SubType === 'Version');
  }

  /** Lets an hour pass and invokes again. */
  async goOn(): Promise<string> {
    this.run.runtime.skipTo(this.run.runtime.now() + 3_600_000);
    return (await this.run.invoke()).output.Status;
  }
}

const HOUR = { hours: 1 };

describe('version', () => {
  it('is true in an execution that begins with the new code, in one record that claims no position', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      const answers = [await context.version('reserve'), await context.version('reserve')];
      await deployed.step(context, 'charge');
      await context.wait(HOUR);
      return [...answers, await context.version('reserve')];
    });
    expect(await deployed.run.result()).toEqual([true, true, true]);
    expect(deployed.marks()).toEqual([
      {
        Id: expect.stringMatching(/^v_[0-9a-f]{32}$/),
        Type: 'STEP',
        SubType: 'Version',
        Name: 'reserve',
        Status: 'SUCCEEDED',
        StartTimestamp: expect.any(Number),
        EndTimestamp: expect.any(Number),
        StepDetails: { Attempt: 1, Result: 'true' },
      },
    ]);
    expect(deployed.run.service.operation('1')?.Name).toBe('charge');
    expect(deployed.run.service.sent[0]).toEqual(['STEP:START reserve', 'STEP:SUCCEED reserve']);
  });

  it('is false where older code has passed, and records nothing', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      await deployed.step(context, 'charge');
      await context.wait(HOUR);
      return 'old';
    });
    await deployed.run.invoke();
    deployed.code = async (context) => {
      const reserves = await context.version('reserve');
      if (reserves) await deployed.step(context, 'reserve');
      await deployed.step(context, 'charge');
      await context.wait(HOUR);
      return reserves;
    };
    expect(await deployed.run.result()).toBe(false);
    expect(deployed.bodies).toEqual(['charge']);
    expect(deployed.marks()).toEqual([]);
  });

  it('is true where older code has begun but not come so far', async () => {
    const deployed: Deployed = new Deployed((context) => context.wait(HOUR));
    await deployed.run.invoke();
    deployed.code = async (context) => {
      await context.wait(HOUR);
      const reserves = await context.version('reserve');
      if (reserves) await deployed.step(context, 'reserve');
      await context.wait(HOUR);
      return [reserves, await context.version('reserve')];
    };
    expect(await deployed.goOn()).toBe('PENDING');
    expect(await deployed.run.result()).toEqual([true, true]);
    expect(deployed.bodies).toEqual(['reserve']);
  });

  it('stays false where older code passed first, also at a place that it never saw', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      await deployed.step(context, 'charge');
      await context.wait(HOUR);
    });
    await deployed.run.invoke();
    deployed.code = async (context) => {
      const answers = [await context.version('format')];
      await deployed.step(context, 'charge');
      await context.wait(HOUR);
      answers.push(await context.version('format'));
      await context.wait(HOUR);
      answers.push(await context.runInChildContext((child) => child.version('format')));
      return answers;
    };
    expect(await deployed.goOn()).toBe('PENDING');
    expect(deployed.marks().map(({ StepDetails }) => StepDetails?.Result)).toEqual(['false']);
    expect(await deployed.run.result()).toEqual([false, false, false]);
  });

  it('answers for each change, over several deployments', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      await deployed.step(context, 'a');
      await context.wait(HOUR);
    });
    await deployed.run.invoke();
    deployed.code = async (context) => {
      await deployed.step(context, 'a');
      await context.wait(HOUR);
      await context.version('second');
      await context.wait(HOUR);
    };
    await deployed.goOn();
    deployed.code = async (context) => {
      const first = await context.version('first');
      await deployed.step(context, 'a');
      await context.wait(HOUR);
      const second = await context.version('second');
      await context.wait(HOUR);
      return [first, second, await context.version('third')];
    };
    expect(await deployed.run.result()).toEqual([false, true, true]);
  });

  it('a mark that the code has no more is not missed, and does not count as something to replay', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      await context.version('reserve');
      await context.wait(HOUR);
    });
    await deployed.run.invoke();
    deployed.code = async (context) => {
      await context.wait(HOUR);
      return [context.isReplaying, await context.version('other'), await deployed.step(context, 'after')];
    };
    expect(await deployed.run.result()).toEqual([false, true, 'after']);
  });

  it('does not end a replay', async () => {
    const deployed: Deployed = new Deployed(async (context) => {
      await deployed.step(context, 'a');
      await context.wait(HOUR);
    });
    await deployed.run.invoke();
    const seen: boolean[] = [];
    deployed.code = async (context) => {
      await context.version('one');
      seen.push(context.isReplaying);
      await deployed.step(context, 'a');
      await context.wait(HOUR);
      seen.push(context.isReplaying);
    };
    expect(await deployed.goOn()).toBe('SUCCEEDED');
    expect(seen).toEqual([true, false]);
  });

  describe('where places run side by side', () => {
    it('an item that older code has passed keeps its path, and one that was not begun goes the way of the execution', async () => {
      const deployed: Deployed = new Deployed((context) =>
        context.map(
          'items',
          [0, 1, 2],
          async (item, index) => {
            await deployed.step(item, `old ${index}`);
            await item.wait(HOUR);
          },
          { maxConcurrency: 2 },
        ),
      );
      await deployed.run.invoke();
      deployed.code = async (context) => {
        const batch = await context.map(
          'items',
          [0, 1, 2],
          async (item, index) => {
            const isNew = await item.version('items');
            await deployed.step(item, `${isNew ? 'new' : 'old'} ${index}`);
            await item.wait(HOUR);
            return isNew;
          },
          { maxConcurrency: 2 },
        );
        return batch.getResults();
      };
      expect(await deployed.goOn()).toBe('PENDING');
      expect(await deployed.run.result()).toEqual([false, false, false]);
      expect(deployed.bodies).toEqual(['old 0', 'old 1', 'old 2']);
    });

    it('a place that was passed before another one made the mark is not confused by it', async () => {
      const deployed: Deployed = new Deployed((context) =>
        context.parallel('both', [
          (fresh) => fresh.runInChildContext('inner', (inner) => inner.wait(HOUR)),
          async (passed) => {
            await deployed.step(passed, 'old');
            await passed.wait({ hours: 3 });
          },
        ]),
      );
      await deployed.run.invoke();
      deployed.code = async (context) => {
        const batch = await context.parallel<unknown>('both', [
          async (fresh) => {
            await fresh.runInChildContext('inner', (inner) => inner.wait(HOUR));
            const isNew = await fresh.version('change');
            await deployed.step(fresh, isNew ? 'new' : 'fresh old');
            await fresh.wait(HOUR);
            return isNew;
          },
          async (passed) => {
            const isNew = await passed.version('change');
            await deployed.step(passed, isNew ? 'never' : 'old');
            await passed.wait({ hours: 3 });
            return isNew;
          },
        ]);
        return batch.getResults();
      };
      expect(await deployed.run.result()).toEqual([false, false]);
      expect(deployed.bodies).toEqual(['old', 'fresh old']);
    });

    it('a place that older code has passed keeps its path, although the mark was made before it was met', async () => {
      // Of the first branch nothing is on record but its start.
      const deployed: Deployed = new Deployed((context) =>
        context.parallel('both', [
          () => new Promise(() => {}),
          async (passed) => {
            await deployed.step(passed, 'old');
            await passed.wait(HOUR);
          },
        ]),
      );
      await deployed.run.invoke();
      const branch = async (context: DurableContext): Promise<boolean> => {
        const isNew = await context.version('change');
        await deployed.step(context, isNew ? 'new' : 'old');
        await context.wait(HOUR);
        return isNew;
      };
      deployed.code = async (context) => (await context.parallel('both', [branch, branch])).getResults();
      expect(await deployed.goOn()).toBe('PENDING');
      expect(deployed.marks().map(({ StepDetails }) => StepDetails?.Result)).toEqual(['true']);
      expect(await deployed.run.result()).toEqual([true, false]);
      expect(deployed.bodies).toEqual(['old', 'new']);
    });

    it('two that are reached at once wait for one record', async () => {
      const deployed: Deployed = new Deployed((context) => Promise.all([context.version('a'), context.version('a')]));
      expect(await deployed.run.result()).toEqual([true, true]);
      expect(deployed.run.service.updates.filter(({ Action }) => Action === 'SUCCEED')).toHaveLength(1);
    });
  });

  it('in a finished context that is built again it says what that context did', async () => {
    const big = 'x'.repeat(300 * 1024);
    const report = (child: DurableContext, isNew: boolean) => deployed.step(child, isNew ? 'new part' : 'part');
    const deployed: Deployed = new Deployed(async (context) => {
      await context.runInChildContext('report', async (child) => (await report(child, false)) + big);
      await context.wait(HOUR);
    });
    await deployed.run.invoke();
    deployed.code = async (context) => {
      const text = await context.runInChildContext('report', async (child) => {
        const part = await report(child, await child.version('report'));
        return part + (await child.version('report')) + big;
      });
      await context.wait(HOUR);
      const later = await context.version('report');
      await context.wait(HOUR);
      return [text.slice(0, 9), later, await context.version('report')];
    };
    expect(await deployed.run.result()).toEqual(['partfalse', false, false]);
  });

  describe('after a crash', () => {
    it.each([
      ['before', 1],
      ['after', 1],
      ['before', 2],
      ['after', 2],
    ] as const)(
      '%s checkpoint %d the answer is the same, and the old path never runs beside the new one',
      async (when, count) => {
        const deployed: Deployed = new Deployed(async (context) => {
          const isNew = await context.version('change');
          await deployed.step(context, isNew ? 'new' : 'old');
          return isNew;
        });
        await deployed.run.killAt(count, when);
        expect(await deployed.run.result()).toBe(true);
        expect(new Set(deployed.bodies)).toEqual(new Set(['new']));
      },
    );

    it('an open operation of older code is a reason to stay on its path, and that is recorded', async () => {
      const deployed: Deployed = new Deployed(async (context) => {
        await context.wait('first', HOUR);
      });
      await deployed.run.invoke();
      deployed.code = async (context) => {
        const first = context.wait('first', HOUR);
        const isNew = await context.version('change');
        await deployed.step(context, isNew ? 'new' : 'old');
        await first;
        return [isNew, await context.version('change')];
      };
      await deployed.run.killAt(2, 'before');
      expect(await deployed.run.result()).toEqual([false, false]);
      expect(new Set(deployed.bodies)).toEqual(new Set(['old']));
      expect(deployed.marks().map(({ StepDetails }) => StepDetails?.Result)).toEqual(['false']);
    });
  });

  it.each([
    [undefined, 'TypeError: version: the change needs a name; got undefined'],
    [7, 'TypeError: version: the change needs a name; got 7'],
    ['', 'RangeError: version: the name must be 1 to 256 printable ASCII characters'],
    ['é', 'RangeError: version: the name must be 1 to 256 printable ASCII characters'],
    ['x'.repeat(257), 'RangeError: version: the name must be 1 to 256 printable ASCII characters, not 257'],
  ])('rejects %j before anything is sent', async (changeId, message) => {
    const run = new DurableRun(async (context) => {
      const error = await context.version(changeId as string).catch((failure: unknown) => failure);
      return String(error);
    });
    expect(await run.result()).toContain(message);
    expect(run.service.requests).toEqual([]);
  });

  it('is refused in the body of a step, as every operation is', async () => {
    const run = new DurableRun((context) => context.step('charge', () => context.version('a') as Promise<unknown>));
    expect(JSON.stringify((await run.invoke()).output)).toContain('Context usage error in \\"version\\"');
  });
});
