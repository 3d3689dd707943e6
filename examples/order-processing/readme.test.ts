import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');

it.each(['order.ts', 'tutorial-order.ts'])('the README shows %s as it is', (file) => {
  expect(read('README.md')).toContain(`\`\`\`ts\n${read(file)}\`\`\`\n`);
});
