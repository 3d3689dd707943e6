import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder in which the pretended outside world keeps its files. Default: `.middy-durable/outside`. */
export const OUTSIDE_VARIABLE = 'MIDDY_DURABLE_EXAMPLES_OUTSIDE';

/** Path of a file of the outside world; its folder is there. */
export function outsideFile(name: string): string {
  const folder = process.env[OUTSIDE_VARIABLE] || join('.middy-durable', 'outside');
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}
