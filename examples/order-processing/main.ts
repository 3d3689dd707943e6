// npm start: an order that is suspended, approved by another process, killed in the middle of its payment, and ends well.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OUTSIDE_VARIABLE } from './outside/folder.ts';
import { styled } from './show/text.ts';
import { tellStory } from './story.ts';

const USAGE = `Usage: npm start -- [--keep]
  --keep  leave the store and the ledger behind, and say where`;
/** Longest time for everything, in milliseconds. */
const TIME_LIMIT_MS = 50_000;

const options = readOptions();
if (options.help) console.log(USAGE);
else if (options.error) {
  console.error(`${options.error}\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.exitCode = (await main(options.keep)) ? 0 : 1;
}

/** @returns whether everything was as it should be */
async function main(keep: boolean): Promise<boolean> {
  let folder: string | undefined;
  let held = false;
  try {
    folder = mkdtempSync(join(tmpdir(), 'order-processing-'));
    // The handlers and the approver find the store and the outside world as they would anywhere: by the environment.
    process.env.MIDDY_DURABLE_STORE = join(folder, 'executions.db');
    process.env[OUTSIDE_VARIABLE] = join(folder, 'outside');
    const interrupted = new AbortController();
    process.once('SIGINT', () => interrupted.abort(new Error('interrupted')));
    const checks = await tellStory(AbortSignal.any([interrupted.signal, AbortSignal.timeout(TIME_LIMIT_MS)]));
    for (const { what, holds } of checks)
      console.log(holds ? styled('green', `✓ ${what}`) : styled('red', `✗ ${what}`));
    held = checks.every(({ holds }) => holds);
  } catch (error) {
    console.error(styled('red', `The main job failed: ${(error as Error).message}`));
  }
  // A failure leaves its traces.
  if (folder && (keep || !held)) console.log(`\nThe store and the ledger are kept in ${folder}`);
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
