import { readFileSync, writeFileSync } from 'node:fs';
import { outsideFile } from '@middy-durable-examples/shared/outside/folder.ts';

/** Stands for a bucket. */
export async function readText(file: string): Promise<string> {
  return readFileSync(outsideFile(file), 'utf8');
}

/** Puts a file of customers into the bucket: `customer-1` and so on, those on the lines of `bad` without a good address. */
export function writeCustomers(file: string, count: number, bad: readonly number[] = []): void {
  const rows = Array.from({ length: count }, (_, index) => {
    const line = index + 1;
    return `customer-${line},${bad.includes(line) ? 'unknown' : `customer-${line}@example.com`}`;
  });
  writeFileSync(outsideFile(file), ['id,email', ...rows, ''].join('\n'));
}
