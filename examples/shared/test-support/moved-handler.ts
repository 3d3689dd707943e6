import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lineDiff } from './line-diff.ts';

/** Tests that `after.ts` of an example is its `before.ts` but for one line and the steps, and that the README shows so. */
export function describeMovedHandler(folder: string): void {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const { removed, added, text } = lineDiff(read('before.ts'), read('after.ts'));

  describe(`the move of ${basename(folder)}`, () => {
    it('is one line, the steps, and what they need: the context and two imports', () => {
      const changed = added.filter((line) => !line.startsWith('import '));
      expect(added.length - changed.length).toBe(2);
      expect(changed).toHaveLength(removed.length);
      const kinds = changed.map((line, index) => kindOf(removed[index] as string, line));
      expect(kinds.filter((kind) => kind !== 'step')).toEqual(['context', 'one line']);
      expect(kinds.length).toBeGreaterThan(3);
    });

    it('is shown in the README as it is', () => {
      expect(read('README.md')).toContain(`\`\`\`diff\n${text}\n\`\`\``);
    });
  });
}

/** What happened to a line. */
function kindOf(before: string, after: string): 'step' | 'context' | 'one line' | 'something else' {
  if (before.startsWith('export const handler = ')) return 'one line';
  if (after === before.replace('): Promise', ', context: DurableContext): Promise')) return 'context';
  const [, call = ''] = /await (\w+\(\w+)/.exec(before) ?? [];
  const step = new RegExp(
    String.raw`await context\.step\('\w+', (?:\(\)|\(\{ idempotencyKey \}\)) => ${call.replace('(', '\\(')}`,
  );
  return call !== '' && step.test(after) ? 'step' : 'something else';
}
