import { sha256 } from './engine/seeded.ts';

/** What a function's own code is made of. Dependencies are in the bundle, or told by the lock file. */
const CODE: RegExp = /(?:\.[cm]?js|^package(?:-lock)?\.json)$/;
/** Left out: folders of dependencies, which may hold thousands of files, and hidden ones. */
const ELSEWHERE: RegExp = /^(?:node_modules$|\.)/;
const DIGITS = 16;

/**
 * What tells the code of this process from other versions of it: a hash of the function's files in Lambda (`LAMBDA_TASK_ROOT`),
 * without `node_modules`. undefined in other places, and where the files can't be read: nothing is known of the code then.
 */
export async function codeOfProcess(): Promise<string | undefined> {
  const root = process.env.LAMBDA_TASK_ROOT;
  if (!root) return undefined;
  try {
    const hashes = await hashesBelow(root, '');
    return hashes.length > 0 ? sha256(hashes.join('\n')).slice(0, DIGITS) : undefined;
  } catch {
    return undefined;
  }
}

/** A line for each file, in an order that depends on nothing but their names. */
async function hashesBelow(root: string, folder: string): Promise<string[]> {
  const { readdir, readFile } = process.getBuiltinModule('node:fs/promises');
  const entries = await readdir(`${root}/${folder}`, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines: string[] = [];
  for (const entry of entries) {
    const path = `${folder}${entry.name}`;
    if (ELSEWHERE.test(entry.name)) continue;
    if (entry.isDirectory()) lines.push(...(await hashesBelow(root, `${path}/`)));
    else if (CODE.test(entry.name)) lines.push(`${path} ${sha256(await readFile(`${root}/${path}`, 'latin1'))}`);
  }
  return lines;
}
