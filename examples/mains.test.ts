import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';

// Real processes, a real kill, a real store. The main job, order-processing, has tests of its own in test/main-job.
const examples = readdirSync(import.meta.dirname).filter(
  (name) => name !== 'order-processing' && existsSync(join(import.meta.dirname, name, 'main.ts')),
);
jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(examples)('%s ends well, with every check passed, and leaves nothing behind', async (example) => {
  const { code, stdout, stderr } = await main(example);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/^✓ .+$/gm)?.length).toBeGreaterThan(3);
  expect(stdout).not.toContain('✗');
  const pids = [...stdout.matchAll(/^invocation \d+ {2}process (\d+)$/gm)].map(([, pid]) => Number(pid));
  expect(pids.length).toBeGreaterThan(1);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

function main(example: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(import.meta.dirname, example, 'main.ts');
  const options = { env: { ...process.env, TMPDIR: folder } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=@middy-durable/source', script], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
