import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../test/support/durable-run.ts';
import { codeOfProcess } from './code-version.ts';
import { withDurableExecution } from './with-durable-execution.ts';

describe('the code of a process', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'code-version-'));
    process.env.LAMBDA_TASK_ROOT = root;
  });
  afterEach(() => {
    delete process.env.LAMBDA_TASK_ROOT;
    rmSync(root, { recursive: true, force: true });
  });
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('is the same for the same files, and another one for every change of them', async () => {
    write('index.mjs', 'export const handler = 1;');
    write('lib/order.js', 'module.exports = 2;');
    const seen = [await codeOfProcess(), await codeOfProcess()];
    expect(seen[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(seen[1]).toBe(seen[0]);
    const changes: [string, string][] = [
      ['index.mjs', 'export const handler = 3;'],
      ['lib/order.js', 'module.exports = "ü";'],
      ['lib/new.cjs', ''],
      ['package-lock.json', '{"lockfileVersion":3}'],
    ];
    for (const [path, text] of changes) {
      write(path, text);
      seen.push(await codeOfProcess());
    }
    expect(new Set(seen).size).toBe(1 + changes.length);
  });

  it('has nothing to do with dependencies, hidden folders and data', async () => {
    write('index.mjs', '1');
    const before = await codeOfProcess();
    for (const path of ['node_modules/left/index.js', 'lib/node_modules/right.js', '.cache/x.js', 'rates.json']) {
      write(path, '2');
    }
    expect(await codeOfProcess()).toBe(before);
  });

  it('is not known where there is no task root, no code, or files that can not be read', async () => {
    expect(await codeOfProcess()).toBeUndefined();
    write('index.mjs', '1');
    symlinkSync(join(root, 'nowhere'), join(root, 'gone.js'));
    expect(await codeOfProcess()).toBeUndefined();
    delete process.env.LAMBDA_TASK_ROOT;
    expect(await codeOfProcess()).toBeUndefined();
  });
});

describe('a client that tracks code', () => {
  const tracking = (codeVersion: string | undefined, tracksCode: boolean): DurableRun =>
    DurableRun.of((client) =>
      withDurableExecution(async (_event: unknown, context) => context.step('a', async () => 1), {
        durableExecutionClient: { ...client, tracksCode } as never,
        ...(codeVersion !== undefined && { codeVersion }),
      }),
    );

  it.each([
    ['v7', true, 'v7'],
    ['v7', false, undefined],
    [undefined, true, undefined],
  ])('version %j, tracked: %j: requests say %j', async (codeVersion, tracksCode, said) => {
    const run = tracking(codeVersion, tracksCode);
    await run.result();
    expect(run.service.requests.map(({ CodeVersion }) => CodeVersion)).toEqual([said]);
  });

  it.each([
    ['v7', true],
    [undefined, true],
    ['v7', false],
  ])('version %j, tracked: %j: what does not fit is reported where both are there', async (codeVersion, tracksCode) => {
    const run = tracking(codeVersion, tracksCode);
    run.service.put('1', { Type: 'WAIT', SubType: 'Wait', Status: 'STARTED' });
    const { output } = await run.invoke();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'NonDeterministicExecutionError' } });
    const reported =
      codeVersion !== undefined && tracksCode
        ? {
            CodeVersion: 'v7',
            OperationId: run.service.operation('1')?.Id,
            Expected: 'WAIT (Wait)',
            Found: 'STEP "a" (Step)',
          }
        : undefined;
    expect((output as { NonDeterminism?: unknown }).NonDeterminism).toEqual(reported);
  });

  it('an execution that fails for another reason reports nothing', async () => {
    const run = DurableRun.of((client) =>
      withDurableExecution(() => Promise.reject(new Error('bad')), {
        durableExecutionClient: { ...client, tracksCode: true } as never,
        codeVersion: 'v7',
      }),
    );
    expect((await run.invoke()).output).not.toHaveProperty('NonDeterminism');
  });

  it.each(['', 'ü', 'x'.repeat(129), 7])('refuses %j as a version', (codeVersion) => {
    expect(() => withDurableExecution(async () => 1, { codeVersion } as never)).toThrow(/option codeVersion must be/);
  });
});
