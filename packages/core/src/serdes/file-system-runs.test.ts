import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DurableRun, type RunHandler } from '../../../../test/support/durable-run.ts';
import type { VirtualRuntime } from '../../../../test/support/virtual-runtime.ts';
import { type GenericSerdes, genericSerdes } from '../serdes.ts';
import { createExtendedSerdes } from './extended-serdes.ts';
import { createFileSystemSerdes, type FileSystemSerdesConfig } from './file-system-serdes.ts';
import { buildPreview } from './preview.ts';

const root = mkdtempSync(join(tmpdir(), 'file-system-runs-'));
let tests = 0;
let base: string;

beforeEach(() => {
  tests++;
  base = join(root, `test-${tests}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Keeps virtual time from passing while real files are read and written. */
async function during<T>(runtime: VirtualRuntime, work: Promise<T>): Promise<T> {
  let over = false;
  const hold = (): void => {
    if (!over) runtime.nextTurn(hold);
  };
  hold();
  return work.finally(() => {
    over = true;
  });
}

function serdesOf({ runtime }: DurableRun, config?: FileSystemSerdesConfig): GenericSerdes {
  const files = createFileSystemSerdes(base, config);
  return genericSerdes({
    serialize: (value, context) => during(runtime, files.serialize(value, context)),
    deserialize: (text, context) => during(runtime, files.deserialize(text, context)),
  });
}

function fileOf(text: string | undefined): string {
  return (JSON.parse(text as string) as { file: string }).file;
}

function names(): string[] {
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

const large = 'x'.repeat(1_000_000);

describe('steps with a file-system serdes', () => {
  it('keep results that no checkpoint takes, over suspension', async () => {
    const seen: unknown[] = [];
    let bodies = 0;
    const run = new DurableRun(async (context, self) => {
      context.configureSerdes({ defaultSerdes: serdesOf(self) });
      const text = await context.step('load', async () => {
        bodies++;
        return large;
      });
      const inner = await context.runInChildContext('inner', async (child) => [
        await child.step('more', async () => ({ large })),
      ]);
      await context.wait({ hours: 1 });
      seen.push(text.length, inner);
    });
    expect(await run.finish()).toEqual({ Status: 'SUCCEEDED' });
    expect(seen).toEqual([large.length, [{ large }]]);
    expect(bodies).toBe(1);
    const record = run.service.operation('1')?.StepDetails?.Result as string;
    expect(record.length).toBeLessThan(1000);
    expect(readFileSync(fileOf(record), 'utf8')).toBe(JSON.stringify(large));
    expect(
      names()
        .map((name) => name.replace(/\.[0-9a-f]{64}\.json$/, ''))
        .sort(),
    ).toEqual(['1', '2', '2-1']);
  });

  it('that were killed before the record was durable do not change what another attempt recorded', async () => {
    let bodies = 0;
    const handler: RunHandler = async (context, self) => {
      const result = await context.step('load', async () => ++bodies, { serdes: serdesOf(self) });
      await context.wait({ seconds: 1 });
      return result;
    };
    const run = new DurableRun(handler);
    await run.killAt(1, 'before');
    expect(bodies).toBe(1);
    expect(await run.result()).toBe(2);
    const record = fileOf(run.service.operation('1')?.StepDetails?.Result);
    expect(readFileSync(record, 'utf8')).toBe('2');
    // The file of the attempt that was lost is still there, and nobody reads it.
    expect(names()).toHaveLength(2);
    expect(names()).toContain(basename(record));
  });

  it('keep extended types and show a masked preview', async () => {
    const seen: unknown[] = [];
    const order = { id: 7n, card: { number: '4111', owner: 'Ann' }, at: new Date(0) };
    const run = new DurableRun(async (context, self) => {
      const serdes = serdesOf(self, {
        serdes: createExtendedSerdes(),
        generatePreview: (value) => buildPreview(value, { mode: 'INCLUDE_ALL', mask: [{ name: 'number' }] }),
      });
      seen.push(await context.step(async () => order, { serdes }));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    expect(seen).toEqual([order, order]);
    expect(JSON.parse(run.service.operation('1')?.StepDetails?.Result as string).preview).toEqual({
      id: '7',
      card: { number: '***', owner: 'Ann' },
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it.each<[string, (file: string) => void, string]>([
    ['missing', (file) => rmSync(file), 'is missing: all invocations must share the file system'],
    ['changed', (file) => writeFileSync(file, '"y"'), 'was changed or cut after it was written'],
  ])('fail that one operation when a file is %s', async (_name, harm, problem) => {
    const run = new DurableRun(async (context, self) => {
      const result = context.step('load', async () => 'x', { serdes: serdesOf(self) });
      const seen = await result.catch((error: unknown) => (error as Error).message);
      await context.wait({ seconds: 1 });
      return seen;
    });
    await run.invoke();
    const file = fileOf(run.service.operation('1')?.StepDetails?.Result);
    harm(file);
    run.runtime.skipTo(run.service.nextDue() as number);
    expect(await run.result()).toContain(
      `Deserialization failed for step "load" (1): The payload file ${file} ${problem}`,
    );
  });
});

describe('a condition with a file-system serdes', () => {
  it('reads the state of the last check that was recorded, also after a kill', async () => {
    const states: number[] = [];
    const run = new DurableRun((context, self) =>
      context.waitForCondition(
        'job',
        async (state: { checks: number; seen: number }) => {
          states.push(state.checks);
          return { checks: state.checks + 1, seen: states.length };
        },
        {
          initialState: { checks: 0, seen: 0 },
          waitStrategy: ({ checks }) =>
            checks === 3 ? { shouldContinue: false } : { shouldContinue: true, delay: { minutes: 1 } },
          serdes: serdesOf(self),
        },
      ),
    );
    await run.invoke();
    run.runtime.skipTo(run.service.nextDue() as number);
    // The second check writes its state and dies before the record of it is durable.
    await run.killAt(1, 'before');
    expect(await run.result()).toEqual({ checks: 3, seen: 4 });
    expect(states).toEqual([0, 1, 1, 2]);
    expect(names()).toHaveLength(4);
  });
});

describe('batches with a file-system serdes', () => {
  it('keep one file for each item, and read all of them again', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context, self) => {
      const batch = await context.map('rows', [1, 2, 3], async (_child, item) => ({ item, large }), {
        itemSerdes: serdesOf(self),
      });
      seen.push(batch.getResults().map(({ item, large: text }) => [item, text.length]));
      await context.wait({ seconds: 1 });
    });
    await run.finish();
    const rows = [1, 2, 3].map((item) => [item, large.length]);
    expect(seen).toEqual([rows, rows]);
    expect(names().map((name) => name.slice(0, 3))).toEqual(['1-1', '1-2', '1-3']);
  });

  it('keep the whole in a file when the batch is given one', async () => {
    const seen: unknown[] = [];
    const run = new DurableRun(async (context, self) => {
      const serdes = serdesOf(self, { serdes: createExtendedSerdes() });
      seen.push(await context.map([1], async () => 5n, { serdes, itemSerdes: createExtendedSerdes() }));
      await context.wait({ seconds: 1 });
    });
    expect(await run.finish()).toEqual({ Status: 'SUCCEEDED' });
    expect(seen).toHaveLength(2);
    for (const batch of seen) expect(batch).toMatchObject({ all: [{ index: 0, result: 5n, status: 'SUCCEEDED' }] });
    expect(fileOf(run.service.operation('1')?.ContextDetails?.Result)).toContain(base);
  });
});
