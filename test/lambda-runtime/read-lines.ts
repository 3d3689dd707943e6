import { existsSync, readFileSync } from 'node:fs';

/** The whole lines of a file that may not be there yet. */
export function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}
