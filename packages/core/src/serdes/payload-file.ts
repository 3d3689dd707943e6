import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { sha256 } from '../engine/seeded.ts';
import { promisedDigest } from './payload-path.ts';

/** Modules that a function which keeps no files need not load. */
const fs = () => process.getBuiltinModule('node:fs/promises');
const crypto = () => process.getBuiltinModule('node:crypto');

/**
 * Writes a file so that its name shows up with all of the content, on disk, or not at all.
 * @throws Error that names the file
 */
export async function writePayloadFile(file: string, text: string): Promise<void> {
  const { mkdir, rename, rm } = fs();
  const directory = dirname(file);
  const draft = join(directory, `.${crypto().randomUUID()}.tmp`);
  try {
    await mkdir(directory, { recursive: true });
    await writeThrough(draft, text);
    await rename(draft, file);
    await syncDirectory(directory);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {}); // What went wrong before is what the user must hear of.
    throw problem(
      file,
      `could not be written (${(error as Error).message}): is its file system mounted, writable and not full?`,
      error,
    );
  }
}

async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await fs().open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The new name survives a power cut too. Not every file system lets directories be opened; a shared one needs no such help. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs()
    .open(directory, 'r')
    .catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/**
 * The text of a file in one of the directories.
 * @throws Error that names the file, when it is elsewhere, missing, or not what was written
 */
export async function readPayloadFile(path: string, directories: readonly string[]): Promise<string> {
  const file = resolve(path);
  const fix = `Files are only read from ${directories.join(', ')}: name further directories in option readFrom`;
  if (!directories.some((directory) => holds(resolve(directory), file))) {
    throw problem(file, `is outside of the file-system serdes. ${fix}`);
  }
  const text = await readInside(file, directories, fix);
  const digest = promisedDigest(file);
  if (digest !== undefined && digest !== sha256(text)) {
    throw problem(
      file,
      'was changed or cut after it was written: its content does not have the digest in its name; restore it',
    );
  }
  return text;
}

/** Also a link inside of the directories does not lead out of them. */
async function readInside(file: string, directories: readonly string[], fix: string): Promise<string> {
  const { readFile, realpath } = fs();
  let real: string;
  try {
    real = await realpath(file);
    const homes = await Promise.all(directories.map((directory) => realpath(directory).catch(() => undefined)));
    if (homes.some((home) => home !== undefined && holds(home, real))) return await readFile(real, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      const advice =
        'all invocations must share the file system that it was written to (not /tmp), and nothing may delete it';
      throw problem(file, `is missing: ${advice}`, error);
    }
    throw problem(file, `could not be read: ${(error as Error).message}`, error);
  }
  throw problem(file, `is a link to ${real}, outside of the file-system serdes. ${fix}`);
}

function holds(directory: string, file: string): boolean {
  const way = relative(directory, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function problem(file: string, what: string, cause?: unknown): Error {
  return new Error(`The payload file ${file} ${what}`, cause === undefined ? undefined : { cause });
}
