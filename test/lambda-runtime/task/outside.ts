// What functions do to the world outside, in files: it stands whatever becomes of the process.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.OUTSIDE ?? '';

/** Something that can't be undone: a line in a file. */
export function effect(line: string): void {
  appendFileSync(join(folder, 'effects'), `${line}\n`);
}

/** True once for each name, in whatever process. */
export function first(name: string): boolean {
  try {
    writeFileSync(join(folder, `first-${name}`), '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
