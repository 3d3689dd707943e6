import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const read = (...path: string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8');
const examples = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(join(import.meta.dirname, name, 'main.ts')),
);

/** A link to a source, and the code block below it. */
const SHOWN = /\[`([^`]+\.ts)`\]\(\1\)[^[]*?:\n\n```ts\n(.*?)```/gs;

describe.each(examples)('the README of %s', (example) => {
  const shown = [...read(example, 'README.md').matchAll(SHOWN)].map(([, file = '', code = '']) => ({ file, code }));

  it('shows a handler', () => {
    expect(shown.length).toBeGreaterThan(0);
    expect(read(example, 'README.md').split('```ts\n')).toHaveLength(shown.length + 1);
  });

  it.each(shown)('shows $file as it is', ({ file, code }) => {
    expect(code).toBe(read(example, file));
  });

  it('is linked from the index', () => {
    expect(read('README.md')).toContain(`(${example})`);
  });
});
