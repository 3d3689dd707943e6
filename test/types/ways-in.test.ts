import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './support/compile.ts';

/** What may not compile is marked in the files: an unused mark is a complaint too. */
const PROJECT = join(root, 'test/types/ways-in');

it.each([
  ['TypeScript 6', 'typescript'],
  ['TypeScript 7', 'typescript-7'],
])(
  'handlers become durable without a cast, for %s',
  (_title, compiler) => {
    const args = [join(root, 'node_modules', compiler, 'bin/tsc'), '-p', PROJECT, '--pretty', 'false'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    // Complaints inside of packages are the business of other checks.
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line && !/^(packages\/|\s)/.test(line));
    expect(complaints).toEqual([]);
  },
  120_000,
);

it('the first page shows a handler that compiles', () => {
  const [, shown = ''] = /```ts\n.*?\n\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  expect(shown).toMatch(/^export const handler/);
  expect(readFileSync(join(PROJECT, 'first-page.ts'), 'utf8')).toContain(shown);
});
