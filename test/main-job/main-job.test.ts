import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type LocalBackend, localBackend } from '@middy-durable/local';

// `npm start` is this script: real processes, a real kill, a real store.
const EXAMPLE = join(import.meta.dirname, '../../examples/order-processing');
jest.setTimeout(120_000);

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

describe('the main job', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'main-job-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function node(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    const options = { env: { ...process.env, FORCE_COLOR: '1', TMPDIR: folder, ...env } };
    const nodeArgs = ['--conditions=@middy-durable/source', join(EXAMPLE, script), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, nodeArgs, options, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  /** The folders that runs have left behind. */
  const kept = (): string[] => readdirSync(folder).filter((name) => name.startsWith('order-processing-'));

  const isRunning = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  describe('with --keep', () => {
    let run: Run;
    let place: string;
    let backend: LocalBackend;
    beforeAll(async () => {
      run = await node('main.ts', ['--keep']);
      place = /are kept in (.+)/.exec(run.stdout)?.[1] ?? '';
      backend = localBackend({ file: join(place, 'executions.db') });
    });
    afterAll(() => backend.store.close());

    it('ends well, with every check passed and no colours outside a terminal', () => {
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.stdout.match(/^✓ .+$/gm)).toHaveLength(6);
      expect(run.stdout).not.toContain('✗');
      expect(run.stdout).not.toContain('\u001b');
    });

    it('shows each invocation, what was replayed, what ran and how it ended', () => {
      const invocations = run.stdout.split(/^(?=invocation \d)/m).slice(1);
      const recorded = /replayed {2}validate-order, approval, send-for-approval\n/;
      expect(invocations).toEqual([
        expect.stringMatching(
          /^invocation 1 {2}process \d+\n {2}replayed {2}nothing\n.*suspends {2}waits for callback/s,
        ),
        expect.stringMatching(/^invocation 2 .*suspends {2}tries process-order again in 1 s/s),
        expect.stringMatching(/^invocation 3 .*kill -9.*died[^\n]*SIGKILL/s),
        expect.stringMatching(/^invocation 4 .*answered {2}\{"orderId":"order-1042","status":"processed"/s),
      ]);
      for (const invocation of invocations.slice(1)) expect(invocation).toMatch(recorded);
      expect(invocations[0]).toMatch(/ran {7}validate-order, attempt 1.*ran {7}send-for-approval, attempt 1/s);
      expect(invocations[3]).toContain('ran       process-order, attempt 2');
    });

    it('runs every invocation and the approver in processes of their own, none of which is left', () => {
      const pids = [...run.stdout.matchAll(/process (\d+)$/gm)].map(([, pid]) => Number(pid));
      expect(pids).toHaveLength(5);
      expect(new Set(pids).size).toBe(5);
      expect(pids.filter(isRunning)).toEqual([]);
    });

    it('has charged once, though it was asked three times', () => {
      const ledger = readFileSync(join(place, 'outside/ledger.jsonl'), 'utf8').trim().split('\n');
      const entries = ledger.map((line) => JSON.parse(line));
      expect(entries.map(({ outcome }) => outcome)).toEqual(['busy', 'charged', 'charged before']);
      expect(new Set(entries.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    });

    it('leaves a store with one execution, whose history holds the kill', async () => {
      const { DurableExecutions } = await backend.executions.list();
      expect(DurableExecutions).toMatchObject([{ DurableExecutionName: 'order-1042', Status: 'SUCCEEDED' }]);
      const { Events } = await backend.executions.history(DurableExecutions[0]!.DurableExecutionArn);
      const ends = Events.flatMap(({ InvocationCompletedDetails: end }) => (end ? [end.Error?.Payload] : []));
      expect(ends).toEqual([
        undefined,
        undefined,
        expect.objectContaining({ ErrorMessage: expect.stringContaining('signal: SIGKILL') }),
        undefined,
      ]);
    });

    it('shows the whole history as a timeline, columns aligned', () => {
      const lines = /^timeline\n((?: {2}.+\n)+)/m.exec(run.stdout)?.[1]?.trimEnd().split('\n') ?? [];
      expect(lines[0]).toMatch(/0\.00 s +order-1042 +execution started/);
      expect(lines.at(-1)).toMatch(/order-1042 +execution succeeded/);
      expect(lines.filter((line) => line.includes('┌'))).toHaveLength(4);
      const column = lines[0]!.indexOf('order-1042');
      for (const line of lines) expect(line.slice(column - 2, column + 1)).toMatch(/^ {2}\S$/);
      const offsets = lines.map((line) => Number.parseFloat(line));
      expect(offsets).toEqual([...offsets].sort((one, other) => one - other));
    });
  });

  it('leaves nothing behind without --keep', async () => {
    const before = kept();
    const run = await node('main.ts');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(/kept in (.+)executions\.db/.exec(run.stdout)![1]!)).toBe(false);
    expect(kept()).toEqual(before);
  });

  it('fails when the card is charged twice, and keeps the traces', async () => {
    const forgetful = join(folder, 'forgetful.mjs');
    writeFileSync(forgetful, FORGETFUL_PAYMENTS);
    const run = await node('main.ts', [], { NODE_OPTIONS: `--import=${pathToFileURL(forgetful)}` });
    expect(run.code).toBe(1);
    expect(run.stdout.match(/^✗ .+$/gm)).toEqual([expect.stringContaining('the card was charged once')]);
    expect(existsSync(join(/are kept in (.+)/.exec(run.stdout)![1]!, 'executions.db'))).toBe(true);
  });

  it('fails without waiting when the order ends before it is suspended', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, `if (process.send) throw new Error('no such module here');`);
    const run = await node('main.ts', [], { NODE_OPTIONS: `--import=${pathToFileURL(broken)}` });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('The execution ended as FAILED before the order is suspended: Runtime.ExitError');
  });

  it('says when there is no place for its files', async () => {
    const run = await node('main.ts', [], { TMPDIR: join(folder, 'nowhere') });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^order-processing failed: ENOENT.*nowhere/);
  });

  it.each([
    [['--keeep'], "Unknown option '--keeep'"],
    [['--keep=yes'], "'--keep' does not take an argument"],
    [['order-7'], "Unexpected argument 'order-7'"],
  ])('refuses %j', async (args, message) => {
    const run = await node('main.ts', args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain('Usage: npm start -- [--keep]');
  });

  it('explains itself', async () => {
    expect(await node('main.ts', ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Usage: npm start/),
    });
  });

  describe('the approver', () => {
    let env: NodeJS.ProcessEnv;
    beforeEach(() => {
      env = { MIDDY_DURABLE_EXAMPLES_OUTSIDE: join(folder, 'inbox'), MIDDY_DURABLE_STORE: join(folder, 'approver.db') };
    });

    it.each([
      [[], 'Give the id of one order'],
      [['a', 'b'], 'Give the id of one order'],
      [['a', '--refuse'], "Unknown option '--refuse'"],
      [['order-9'], "No approval is asked for order 'order-9'"],
    ])('refuses %j', async (args, message) => {
      const run = await node('approve.ts', args, env);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toContain(message);
    });
  });
});

/** Loaded before the example: takes the idempotency out of the payment service. */
const FORGETFUL_PAYMENTS = `
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/outside/payments.ts')) return loaded;
    const source = String(loaded.source);
    const forgetful = source.replace('charge.idempotencyKey === idempotencyKey', 'false');
    if (forgetful === source) throw new Error('payments.ts has changed: adapt this test');
    return { ...loaded, source: forgetful };
  },
});
`;
