import { readFileSync } from 'node:fs';

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<unknown>;

/** Examples of a module, as they stand in the docstrings of its exports. */
export function examplesIn(module: URL): Record<string, string> {
  const docstrings = readFileSync(module, 'utf8').matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:abstract )?(?:type|interface|const|function|class) (\w+)/g,
  );
  const examples: Record<string, string> = {};
  for (const [, text = '', name = ''] of docstrings) {
    const code = text.replace(/^\s*\* ?/gm, '').split('@example')[1];
    if (code !== undefined) examples[name] = code.split(/^@/m)[0]?.trim() ?? '';
  }
  return examples;
}

/**
 * Runs an example, with what it uses by name.
 * @returns what it has made of the constants in `wanted`, and as `shown` the pairs of its lines with `// =>`
 */
export async function runExample(
  code: string | undefined,
  names: Record<string, unknown>,
  wanted: readonly string[] = [],
): Promise<Record<string, unknown> & { shown: [actual: unknown, expected: unknown][] }> {
  if (code === undefined) throw new Error('There is no such example.');
  const shown: [unknown, unknown][] = [];
  const show = (actual: unknown, expected: unknown): void => void shown.push([actual, expected]);
  const lines = code.split('\n').map((line) => {
    const [expression, expected] = line.split(' // => ');
    return expected === undefined ? line : `$show((${expression}), (${expected}));`;
  });
  const body = `${lines.join('\n')}\nreturn { ${wanted.join(', ')} };`;
  const made = await new AsyncFunction('$show', ...Object.keys(names), body)(show, ...Object.values(names));
  return { ...(made as object), shown };
}
