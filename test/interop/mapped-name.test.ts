import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

interface Report {
  success: boolean;
  testResults: { message: string; assertionResults: { fullName: string; status: string }[] }[];
}

const JEST = join(import.meta.dirname, '..', '..', 'node_modules', 'jest', 'bin', 'jest.js');
const MAPPED = join(import.meta.dirname, 'mapped');
const PROJECTS: [kind: string, config: string, options: string[]][] = [
  ['ES modules', 'jest.config.js', ['--experimental-vm-modules']],
  ['CommonJS', 'commonjs.config.js', []],
];

it.each(PROJECTS)(
  'a jest project of %s that maps the official name to this engine runs its tests unchanged',
  async (_kind, config, options) => {
    const folder = await mkdtemp(join(tmpdir(), 'middy-durable-'));
    try {
      const { success, testResults } = await runJest(join(MAPPED, config), options, join(folder, 'report.json'));
      const messages = testResults.map(({ message }) => message).join('\n');
      expect(messages).toBe('');
      expect(success).toBe(true);
      const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
      expect(tests.length).toBeGreaterThan(4);
      for (const { fullName, status } of tests) {
        expect(fullName).toMatch(/^an official-style suite, mapped /);
        expect(status).toBe('passed');
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  120_000,
);

/** Resolves to the report of a jest of its own. */
async function runJest(config: string, options: string[], report: string): Promise<Report> {
  const args = ['--config', config, '--runInBand', '--json', '--outputFile', report];
  const child = spawn(process.execPath, [...options, JEST, ...args], { stdio: 'ignore' });
  await new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  return JSON.parse(await readFile(report, 'utf8')) as Report;
}
