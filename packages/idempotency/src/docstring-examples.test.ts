import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { pythonJson } from './key/powertools-python.ts';
import { permits } from './persistence/write-condition.ts';

const NAMES = { permits, pythonJson };
const SOURCES = ['persistence/write-condition.ts', 'key/powertools-python.ts'];

/** Lines of docstrings that say what an expression gives: `expression // => value`. */
const examples = SOURCES.flatMap((path) =>
  [...readFileSync(new URL(path, import.meta.url), 'utf8').matchAll(/^ \* (?:@example )?(.+) \/\/ => (.+)$/gm)].map(
    ([, expression = '', value = '']) => ({ expression, value }),
  ),
);

it('there are some', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
});

it.each(examples)('$expression', ({ expression, value }) => {
  const evaluate = (code: string): unknown =>
    new Function(...Object.keys(NAMES), `return (${code});`)(...Object.values(NAMES));
  expect(evaluate(expression)).toEqual(evaluate(value));
});
