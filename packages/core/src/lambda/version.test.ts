import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SDK_VERSION } from './version.ts';

it("is the package's version", () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(SDK_VERSION).toBe(manifest.version);
});
