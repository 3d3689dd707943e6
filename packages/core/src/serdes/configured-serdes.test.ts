import { describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { Serdes } from '../serdes.ts';
import type { DurableContext } from '../types.ts';
import { createClassSerdes, createClassSerdesWithDates } from './class-serdes.ts';
import { createExtendedSerdes } from './extended-serdes.ts';

const extended = createExtendedSerdes();
const value = () => ({ at: new Date(5), ids: new Set([1n]), none: undefined });

/** What a handler sees in the invocation in which things happen, and in one that replays all of it. */
async function liveAndReplayed(see: (context: DurableContext, seen: unknown[]) => Promise<void>): Promise<DurableRun> {
  const seen: unknown[][] = [];
  const run = new DurableRun(async (context) => {
    const now: unknown[] = [];
    seen.push(now);
    await see(context, now);
    await context.wait('the end', { seconds: 1 });
  });
  await run.result();
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.at(-1)).toEqual(seen.at(-2));
  expect(seen[0]?.length).toBeGreaterThan(0);
  return run;
}

/** Writes values so that the record shows who wrote it. */
function marked(mark: string): Serdes<unknown> {
  return {
    serialize: async (some) => (some === undefined ? undefined : `${mark}:${JSON.stringify(some)}`),
    deserialize: async (text) => text && JSON.parse(text.slice(mark.length + 1)),
  };
}

/** Record by record, what stands before its colon: who wrote it. */
function writers(run: DurableRun, ...rawIds: string[]): (string | undefined)[] {
  return rawIds.map((rawId) => {
    const record = run.service.operation(rawId);
    const text = record?.StepDetails?.Result ?? record?.ContextDetails?.Result;
    return /^[a-z]+(?=:)/.exec(text ?? '')?.[0] ?? text;
  });
}

const one = async (): Promise<number> => 1;
const inside = (child: DurableContext) => child.step(one);

describe('a default serdes', () => {
  it('is used by steps, children, conditions and combinators, live and on replay', async () => {
    const run = await liveAndReplayed(async (context, seen) => {
      context.configureSerdes({ defaultSerdes: extended });
      const results = [
        await context.step('step', async () => value()),
        await context.runInChildContext('child', async () => value()),
        await context.waitForCondition('condition', async (state) => ({ ...state, checked: new Date(7) }), {
          initialState: value() as ReturnType<typeof value> & { checked?: Date },
          waitStrategy: () => ({ shouldContinue: false }),
        }),
        await context.promise.all('all', [context.step('member', async () => value())]),
        await context.promise.any('any', [context.step(async () => value())]),
        await context.promise.race('race', [context.step(async () => value())]),
      ];
      expect(results).toStrictEqual([
        value(),
        value(),
        { ...value(), checked: new Date(7) },
        [value()],
        value(),
        value(),
      ]);
      seen.push(...results);
    });
    expect(run.service.operation('1')?.StepDetails?.Result).toBe(
      '{"$extended":1,"value":{"at":{"$date":"1970-01-01T00:00:00.005Z"},"ids":{"$set":[{"$bigint":"1"}]},"none":{"$undefined":true}}}',
    );
  });

  it('keeps the state of a condition between its checks', async () => {
    const states: unknown[] = [];
    const run = new DurableRun(async (context) => {
      context.configureSerdes({ defaultSerdes: extended });
      const seen = await context.waitForCondition(
        async (state: Map<string, bigint>) => {
          states.push(state);
          return new Map([['checks', (state.get('checks') ?? 0n) + 1n]]);
        },
        {
          initialState: new Map<string, bigint>(),
          waitStrategy: (state) =>
            state.get('checks') === 3n ? { shouldContinue: false } : { shouldContinue: true, delay: { minutes: 1 } },
        },
      );
      return String(seen.get('checks'));
    });
    expect(await run.result()).toBe('3');
    expect(states).toEqual([new Map(), new Map([['checks', 1n]]), new Map([['checks', 2n]])]);
  });

  it('writes the input of an invoke and reads its result', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context) => {
      context.configureSerdes({ defaultSerdes: extended });
      seen.push(await context.invoke('quote', 'quotes', { at: new Date(0) }));
    });
    await run.invoke();
    const start = run.service.updates.find(({ Type }) => Type === 'CHAINED_INVOKE');
    expect(start?.Payload).toBe('{"$extended":1,"value":{"at":{"$date":"1970-01-01T00:00:00.000Z"}}}');
    run.service.endInvoke('1', { result: '{"$extended":1,"value":{"$bigint":"7"}}' });
    await run.finish();
    expect(seen).toEqual([7n]);
  });

  it('gives way to the serdes of an operation', async () => {
    class Order {
      at = new Date(0);
      total = 0;
      get free(): boolean {
        return this.total === 0;
      }
    }
    const run = await liveAndReplayed(async (context, seen) => {
      context.configureSerdes({ defaultSerdes: marked('context') as Serdes<unknown> });
      const order = await context.step(async () => Object.assign(new Order(), { total: 5 }), {
        serdes: createClassSerdesWithDates(Order, ['at']),
      });
      expect(order).toBeInstanceOf(Order);
      expect(order.at).toEqual(new Date(0));
      const child = await context.runInChildContext(async () => new Order(), { serdes: createClassSerdes(Order) });
      seen.push(order.free, child.free, await context.step(one));
    });
    expect(writers(run, '3')).toEqual(['context']);
  });

  it('is not used by whole batches, but by their items', async () => {
    const run = await liveAndReplayed(async (context, seen) => {
      context.configureSerdes({ defaultSerdes: extended });
      const mapped = await context.map('map', [1, 2], async (_child, item) => new Map([[item, 1n]]));
      const branches = await context.parallel('parallel', [async () => new Date(3)]);
      expect(mapped.getResults()).toEqual([new Map([[1, 1n]]), new Map([[2, 1n]])]);
      expect(branches.getResults()).toEqual([new Date(3)]);
      seen.push(mapped.getResults(), branches.getResults());
    });
    const whole = JSON.parse(run.service.operation('1')?.ContextDetails?.Result as string);
    expect(whole).toMatchObject({ completionReason: 'ALL_COMPLETED' });
    expect(run.service.operation('1-1')?.ContextDetails?.Result).toBe(
      '{"$extended":1,"value":{"$map":[[1,{"$bigint":"1"}]]}}',
    );
  });

  it('gives way to the serdes of a batch and of its items', async () => {
    class Row {
      id = 0;
      get label(): string {
        return `row ${this.id}`;
      }
    }
    const run = await liveAndReplayed(async (context, seen) => {
      context.configureSerdes({ defaultSerdes: marked('context') });
      const body = async (_child: DurableContext, id: number) => Object.assign(new Row(), { id });
      const rows = await context.map([1, 2], body, { itemSerdes: createClassSerdes(Row) });
      expect(rows.getResults()[0]).toBeInstanceOf(Row);
      const flat = await context.map([3], body, { itemSerdes: createClassSerdes(Row), nesting: 'FLAT' });
      const counts = await context.map([1, 2], async () => new Date(1), {
        serdes: {
          serialize: async (batch) => `count:${batch?.totalCount}`,
          deserialize: async (text) => ({ count: text?.slice(6) }) as never,
        },
      });
      seen.push(...[...rows.getResults(), ...flat.getResults()].map(({ label }) => label), counts);
    });
    expect(writers(run, '1-1', '3', '3-1')).toEqual(['{"id":1}', 'count', 'context']);
  });
});

describe('inheritance', () => {
  async function runWith(handler: RunHandler): Promise<DurableRun> {
    const run = new DurableRun(handler);
    await run.result();
    return run;
  }

  it('children begin with what their parent has', async () => {
    const run = await runWith(async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a') });
      await context.runInChildContext((child) => child.runInChildContext(inside));
      await context.map([1], inside);
      await context.parallel([inside]);
      await context.runInChildContext(inside, { virtualContext: true });
    });
    expect(writers(run, '1-1-1', '2-1-1', '3-1-1', '4-1')).toEqual(['a', 'a', 'a', 'a']);
  });

  it('a later change does not reach children that are there already', async () => {
    const run = await runWith(async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a') });
      let go = (): void => {};
      const configured = new Promise<void>((resolve) => {
        go = resolve;
      });
      const child = context.runInChildContext(async (inner) => {
        await configured;
        return inner.step(one);
      });
      await context.step(one);
      context.configureSerdes({ defaultSerdes: marked('b') });
      go();
      await child;
      await context.runInChildContext(inside);
    });
    // The child's own result is its parent's matter; it was called before the change.
    expect(writers(run, '1', '1-1', '2', '3', '3-1')).toEqual(['a', 'a', 'a', 'b', 'b']);
  });

  it("a child's change stays in the child", async () => {
    const run = await runWith(async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a') });
      await context.runInChildContext(async (child) => {
        child.configureSerdes({ defaultSerdes: marked('b') });
        return child.step(one);
      });
      await context.step(one);
    });
    expect(writers(run, '1', '1-1', '2')).toEqual(['a', 'b', 'a']);
  });

  it('changes only what is given; explicit undefined changes nothing', async () => {
    const run = new DurableRun(async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a') });
      context.configureSerdes({ defaultCallbackDeserializer: extended });
      context.configureSerdes({ defaultSerdes: undefined, defaultCallbackDeserializer: undefined });
      context.configureSerdes({});
      await context.step(one);
      const [result] = await context.createCallback();
      return String(await result);
    });
    await run.invoke();
    run.service.succeedCallback('2', '{"$extended":1,"value":{"$bigint":"12"}}');
    expect(await run.result()).toBe('12');
    expect(writers(run, '1')).toEqual(['a']);
  });

  it('an operation keeps what was set when it was called, also for its retries', async () => {
    const run = await runWith(async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a') });
      const retried = context.step(
        async ({ attempt }) => {
          if (attempt === 1) throw new Error('busy');
          return 1;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
      );
      context.configureSerdes({ defaultSerdes: marked('b') });
      await retried;
      await context.step(one);
    });
    expect(writers(run, '1', '2')).toEqual(['a', 'b']);
  });
});

describe('callback results', () => {
  const text = '{"$extended":1,"value":{"$date":"1970-01-01T00:00:00.005Z"}}';

  /** Runs a handler whose only callback has the given raw id, and completes it. */
  async function completed(rawId: string, handler: RunHandler): Promise<DurableRun> {
    const run = new DurableRun(handler);
    await run.invoke();
    run.service.succeedCallback(rawId, text);
    await run.result();
    return run;
  }

  it('stay as they came, whatever the default serdes is', async () => {
    const seen: unknown[] = [];
    await completed('1', async (context) => {
      context.configureSerdes({ defaultSerdes: extended });
      const [result] = await context.createCallback();
      seen.push(await result);
      await context.wait({ seconds: 1 });
    });
    expect(seen).toEqual([text, text]);
  });

  it('are read by the default deserializer, or by the one of the call', async () => {
    const seen: unknown[] = [];
    await completed('1', async (context) => {
      context.configureSerdes({ defaultCallbackDeserializer: extended });
      const [result] = await context.createCallback<Date>();
      seen.push(await result);
    });
    await completed('1', async (context) => {
      context.configureSerdes({ defaultCallbackDeserializer: marked('x') });
      const [result] = await context.createCallback<Date>({ serdes: extended });
      seen.push(await result);
    });
    expect(seen).toEqual([new Date(5), new Date(5)]);
  });

  it('of waitForCallback are recorded as JSON text and read at the end', async () => {
    const seen: unknown[] = [];
    const run = await completed('1-1', async (context) => {
      seen.push(await context.waitForCallback<Date>('approval', async () => {}, { serdes: extended }));
      await context.wait({ seconds: 1 });
    });
    expect(seen).toEqual([new Date(5), new Date(5)]);
    expect(run.service.operation('1')?.ContextDetails?.Result).toBe(JSON.stringify(text));
  });

  it('of waitForCallback are recorded as they came where a default deserializer is set', async () => {
    const seen: unknown[] = [];
    const run = await completed('1-1', async (context) => {
      context.configureSerdes({ defaultSerdes: marked('a'), defaultCallbackDeserializer: extended });
      seen.push(await context.waitForCallback<Date>('approval', async () => {}));
      await context.wait({ seconds: 1 });
    });
    expect(seen).toEqual([new Date(5), new Date(5)]);
    expect(run.service.operation('1')?.ContextDetails?.Result).toBe(text);
  });

  it('from an enemy fail the one operation', async () => {
    const run = new DurableRun(async (context) => {
      const approval = context.waitForCallback('approval', async () => {}, { serdes: extended });
      return approval.catch((error: unknown) => String(error));
    });
    await run.invoke();
    run.service.succeedCallback('1-1', '{"$extended":1,"value":{"$function":"exit()"}}');
    expect(await run.result()).toBe(
      'CallbackError: Deserialization failed for step "approval" (1): The payload holds {"$function":"exit()"}, which stands for no value',
    );
  });
});

describe('a value that can not be stored', () => {
  it('fails its operation with its place in the value; the handler goes on', async () => {
    let bodies = 0;
    const run = new DurableRun(async (context) => {
      context.configureSerdes({ defaultSerdes: extended });
      return context
        .step('load', async () => {
          bodies++;
          return { user: { save: () => 1 } };
        })
        .catch((error: unknown) => (error as Error).message);
    });
    expect(await run.result()).toBe(
      'Serialization failed for step "load" (1): The value can\'t be stored: $.user.save is a function; leave it out, or return plain data in its place',
    );
    expect(bodies).toBe(1);
  });
});
