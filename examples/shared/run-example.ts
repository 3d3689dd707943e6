import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OUTSIDE_VARIABLE } from './outside/folder.ts';
import { styled } from './show/text.ts';

const USAGE = `Usage: npm start -- [--keep]
  --keep  leave the store and the outside world behind, and say where`;
/** Longest time for everything, in milliseconds. */
const TIME_LIMIT_MS = 50_000;

/** Something that an example shows, and whether it was so. */
export interface Check {
  what: string;
  holds: boolean;
}

/** Prints what happens, and resolves to what was to be shown. Gives up when the signal aborts. */
export type Story = (signal: AbortSignal) => Promise<Check[]>;

/**
 * The main program of an example: plays its story on a store and an outside world of its own, and removes them when all
 * was well.
 * @returns the exit code: 0, 1 when something was not as it should be, 2 for options it does not know
 */
export async function runExample(name: string, story: Story): Promise<number> {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.error) {
    console.error(`${options.error}\n${USAGE}`);
    return 2;
  }
  return (await play(name, story, options.keep)) ? 0 : 1;
}

/** @returns whether everything was as it should be */
async function play(name: string, story: Story, keep: boolean): Promise<boolean> {
  let folder: string | undefined;
  let held = false;
  try {
    folder = mkdtempSync(join(tmpdir(), `${name}-`));
    // Handlers and outside find the store and each other as they would anywhere: by the environment.
    process.env.MIDDY_DURABLE_STORE = join(folder, 'executions.db');
    process.env[OUTSIDE_VARIABLE] = join(folder, 'outside');
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
    const checks = await story(AbortSignal.any([interrupted.signal, AbortSignal.timeout(TIME_LIMIT_MS)]));
    for (const { what, holds } of checks)
      console.log(holds ? styled('green', `✓ ${what}`) : styled('red', `✗ ${what}`));
    held = checks.every(({ holds }) => holds);
  } catch (error) {
    console.error(styled('red', `${name} failed: ${(error as Error).message}`));
  }
  // A failure leaves its traces.
  if (folder && (keep || !held)) console.log(`\nThe store and the outside world are kept in ${folder}`);
  else if (folder) rmSync(folder, { recursive: true });
  return held;
}

function readOptions(): { help: boolean; keep: boolean; error?: string } {
  const none = { help: false, keep: false };
  try {
    const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } });
    return { ...none, ...values };
  } catch (error) {
    return { ...none, error: (error as Error).message };
  }
}
