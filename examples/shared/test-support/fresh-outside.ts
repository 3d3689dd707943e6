import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { OUTSIDE_VARIABLE } from '../outside/folder.ts';

/** Gives every test of the file an outside world of its own, and the handlers' loggers nothing to say. */
export function useFreshOutside(): void {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'outside-'));
    process.env[OUTSIDE_VARIABLE] = folder;
    process.env.AWS_LAMBDA_LOG_LEVEL = 'FATAL';
  });
  afterEach(() => {
    delete process.env[OUTSIDE_VARIABLE];
    delete process.env.AWS_LAMBDA_LOG_LEVEL;
    rmSync(folder, { recursive: true });
  });
}
