import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { OTHER_DEFECTS, SUSPENSION } from './scenarios.ts';

/**
 * The same handlers on the official SDK 2.4.0 and on this engine, in real time. Only outcomes are compared; where the
 * official SDK hangs, that it has not answered while everything else was done says so.
 */
let seen: Record<string, unknown>;

beforeAll(async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const options = ['--conditions=@middy-durable/source', '--disable-warning=ExperimentalWarning'];
  const { stdout } = await promisify(execFile)(process.execPath, [...options, main]);
  seen = JSON.parse(stdout);
}, 120_000);

describe.each([
  ['the table of suspension', SUSPENSION],
  ['other defects that these operations touch', OTHER_DEFECTS],
])('%s, against the official SDK', (_title, scenarios) => {
  it.each(Object.entries(scenarios))('%s', (name, { official, ours }) => {
    expect(seen[name]).toEqual({ official, ours });
  });
});
