import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { NATIVE_ADDON } from './runtime/native-addon.ts';

const require = createRequire(import.meta.url);
const client = require.resolve('aws-lambda-ric');
const source = readFileSync(client, 'utf8');

it('the installed runtime interface client is the version that the replacement of its addon was made for', () => {
  const manifest = JSON.parse(readFileSync(require.resolve('aws-lambda-ric/package.json'), 'utf8'));
  expect(manifest.version).toBe('4.0.2');
});

it('it loads one addon, by the name that the preloaded module answers', () => {
  const loads = [...source.matchAll(/require\w*\("([^"]+\.node)"\)/gi)].map(([, name]) => name);
  expect(loads).toEqual([NATIVE_ADDON]);
});

it('it calls no other function of the addon than are replaced', async () => {
  process.env.AWS_LAMBDA_RUNTIME_API ??= '127.0.0.1:1';
  const replaced = Object.keys(await import('./runtime/native-client.ts')).sort();
  const called = [...source.matchAll(/this\.nativeClient\.(\w+)\(/g)].map(([, name]) => name);
  expect([...new Set(called)].sort()).toEqual(replaced);
});
