import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Modules whose examples run here, with the public names among their exports. */
const documented: Record<string, string[]> = {
  'ambient/current-context.ts': ['currentDurableContext', 'currentStepContext'],
  'ambient/current-invocation.ts': ['currentDurableInvocation'],
  'duration.ts': ['Duration', 'seconds', 'minutes', 'hours', 'days'],
  'retry.ts': ['JitterStrategy', 'createRetryStrategy', 'createLinearRetryStrategy', 'retryPresets'],
  'non-retryable-error.ts': ['NonRetryableError'],
  'serdes.ts': ['defaultSerdes', 'passThroughSerdes'],
  'serdes/class-serdes.ts': ['createClassSerdes', 'createClassSerdesWithDates'],
  'serdes/extended-serdes.ts': ['createExtendedSerdes'],
  'serdes/file-system-serdes.ts': ['createFileSystemSerdes'],
  'serdes/preview.ts': ['buildPreview'],
  'errors/operation-errors.ts': [
    'DurableOperationError',
    'StepError',
    'CallbackError',
    'CallbackExternalError',
    'CallbackTimeoutError',
    'CallbackSubmitterError',
    'InvokeError',
    'ChildContextError',
    'PromiseCombinatorError',
    'WaitForConditionError',
    'BatchCompletionError',
    'StepInterruptedError',
  ],
  'errors/client-error.ts': [
    'DurableExecutionClientError',
    'DurableExecutionClientErrorScope',
    'isDurableExecutionClientError',
  ],
  'errors/error-object.ts': ['toErrorObject'],
  'validation.ts': ['operationLabel'],
  'logging/default-logger.ts': ['createDefaultLogger'],
  'logging/mode-aware-logger.ts': ['modeAwareLogger'],
};

interface Example {
  /** What the docstring stands above. */
  of: string;
  code: string;
}

/** The examples of a module: what follows `@example` in the docstring of an export. `// =>` shows a line's value. */
function examplesIn(source: string): Example[] {
  const docstrings = source.matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:abstract )?(?:type|interface|const|function|class) (\w+)/g,
  );
  return [...docstrings].flatMap(([, text = '', of = '']) => {
    const plain = text.replace(/^\s*\* ?/gm, '');
    const code = plain.split('@example')[1]?.split(/^@/m)[0];
    return code === undefined ? [] : [{ of, code: code.trim() }];
  });
}

type Show = (actual: unknown, expected: unknown) => void;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

async function run({ code }: Example, names: Record<string, unknown>, show: Show): Promise<void> {
  const lines = code.split('\n').map((line) => {
    const [expression, expected] = line.split(' // => ');
    return expected === undefined ? line : `$show((${expression}), (${expected}));`;
  });
  await new AsyncFunction('$show', ...Object.keys(names), lines.join('\n'))(show, ...Object.values(names));
}

describe.each(Object.entries(documented))('%s', (path, publicNames) => {
  const examples = examplesIn(readFileSync(new URL(path, import.meta.url), 'utf8'));

  it.each(publicNames)('%s has an example', (name) => {
    expect(examples.map(({ of }) => of)).toContain(name);
  });

  it.each(examples)('the example of $of holds', async (example) => {
    const names = (await import(`./${path}`)) as Record<string, unknown>;
    let shown = 0;
    await run(example, { ...names }, (actual, expected) => {
      shown++;
      expect(actual).toEqual(expected);
    });
    expect(shown).toBeGreaterThan(0);
  });
});

describe('examplesIn', () => {
  it('finds an example that is wrong', async () => {
    const [example] = examplesIn('/** Adds.\n * @example one + 1 // => 3\n */\nexport const one = 1;');
    expect(example).toEqual({ of: 'one', code: 'one + 1 // => 3' });
    const show: Show = (actual, expected) => expect(actual).toEqual(expected);
    await expect(run(example as Example, { one: 1 }, show)).rejects.toThrow();
    await expect(run(example as Example, { one: 2 }, show)).resolves.toBeUndefined();
  });
});
