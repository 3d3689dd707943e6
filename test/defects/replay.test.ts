import { describe, expect, it } from '@jest/globals';
import type { DurableContext, DurableLogger } from '@middy-durable/core';
import { DurableRun } from '../support/durable-run.ts';
import { OfficialRun, type Scenario } from '../support/official-run.ts';

const LARGE = 'x'.repeat(300_000);
const HANGS = { hangs: true };

/** The second invocation, once something is due. */
async function second(run: DurableRun | OfficialRun): Promise<unknown> {
  await run.invoke();
  for (;;) {
    const due = run.service.nextDue() as number;
    if (run instanceof DurableRun) run.runtime.skipTo(due);
    else run.clock.skipTo(due);
    const answer = run instanceof DurableRun ? await run.invoke() : await run.tryInvoke();
    if (answer.output?.Status !== 'PENDING') return 'output' in answer && answer.output ? answer.output : answer;
  }
}

describe('11.2 #17: an operation that timed out, in a context that runs again to make its large result', () => {
  const scenario: Scenario = async (context) => {
    const made = await context.runInChildContext('large', async (child: DurableContext) => {
      const [answer] = await child.createCallback('approval', { timeout: { seconds: 5 } });
      const outcome = await answer.then(
        () => 'approved',
        () => 'timed out',
      );
      return `${outcome} ${LARGE}`;
    });
    await context.wait({ seconds: 1 });
    return made.slice(0, 9);
  };

  it('is over', async () => {
    expect(await second(new DurableRun(scenario))).toEqual({ Status: 'SUCCEEDED', Result: '"timed out"' });
  });

  it('official SDK: hangs', async () => {
    expect(await second(new OfficialRun(scenario))).toEqual(HANGS);
  });
});

describe('11.2 #17b: an operation that is new in a context that runs again', () => {
  let ran = 0;
  const added = (): Scenario => {
    let invocations = 0;
    ran = 0;
    return async (context) => {
      const again = invocations++ > 0;
      await context.runInChildContext('large', async (child) => {
        if (again) await child.step('new', async () => ran++);
        return LARGE;
      });
      await context.wait({ seconds: 1 });
    };
  };

  it('is not deterministic, and does not run', async () => {
    const answer = await second(new DurableRun(added()));
    expect(answer).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'NonDeterministicExecutionError' } });
    expect(ran).toBe(0);
  });

  it('official SDK: runs, and then hangs', async () => {
    expect(await second(new OfficialRun(added()))).toEqual(HANGS);
    expect(ran).toBe(1);
  });
});

describe('11.2 #26: a call that can’t be right', () => {
  let ran = 0;
  const misuse: Scenario = (context) =>
    context.runInChildContext('child', async () => {
      await context.step('wrong context', async () => ran++);
      ran += 10;
    });
  const renamed: Scenario = async (context) => {
    await context.step('now called otherwise', async () => ran++);
    ran += 10;
  };
  const record = { Type: 'STEP', SubType: 'Step', Name: 'called before', Status: 'STARTED' } as const;

  it('of another context: stops the code at once', async () => {
    ran = 0;
    const output = await new DurableRun(misuse).finish();
    expect(output).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorMessage: expect.stringContaining('Context usage error') },
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ran).toBe(0);
  });

  it('official SDK: runs it', async () => {
    ran = 0;
    expect((await new OfficialRun(misuse).invoke()).output?.Status).toBe('FAILED');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ran).toBe(1);
  });

  it('of another operation than before: stops the code at once', async () => {
    ran = 0;
    const run = new DurableRun(renamed);
    run.service.put('1', record);
    expect(await run.finish()).toMatchObject({ Error: { ErrorType: 'NonDeterministicExecutionError' } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ran).toBe(0);
  });

  it('official SDK: runs it', async () => {
    ran = 0;
    const run = new OfficialRun(renamed);
    run.service.put('1', record);
    expect((await run.invoke()).output?.Status).toBe('FAILED');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ran).toBeGreaterThan(0);
  });
});

describe('11.4 #38: lines of a child context that was suspended', () => {
  const nothing = (): void => {};
  const logging = (lines: string[]): Scenario => {
    const customLogger: DurableLogger = {
      info: (line: unknown) => void lines.push(String(line)),
      error: nothing,
      warn: nothing,
      debug: nothing,
    };
    return async (context) => {
      context.configureLogger({ customLogger });
      await context.runInChildContext('child', async (child) => {
        child.logger.info('before');
        await child.step('charge', async () => 1);
        child.logger.info('between');
        await child.wait({ seconds: 1 });
        child.logger.info('after');
      });
    };
  };

  it('are printed once', async () => {
    const lines: string[] = [];
    await new DurableRun(logging(lines), { captureLogs: false }).finish();
    expect(lines).toEqual(['before', 'between', 'after']);
  });

  it('official SDK: are printed by every invocation', async () => {
    const lines: string[] = [];
    await new OfficialRun(logging(lines), { silent: false }).finish();
    expect(lines).toEqual(['before', 'between', 'before', 'between', 'after']);
  });

  const inherited = (lines: string[]): Scenario => {
    const run = logging(lines);
    return async (context, world) => {
      context.configureLogger({ modeAware: false });
      await run(context, world);
    };
  };
  it('are all printed where the parent said so', async () => {
    const lines: string[] = [];
    await new DurableRun(inherited(lines), { captureLogs: false }).finish();
    expect(lines).toEqual(['before', 'between', 'before', 'between', 'after']);
  });
});
