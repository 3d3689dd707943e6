import { describe, expect, test } from '@jest/globals';
import { checkImports, checkManifest, importsOf } from '../../scripts/check-imports.mjs';

const entries = {
  protocol: ['@middy-durable/protocol', '@middy-durable/protocol/package.json'],
  core: ['@middy-durable/core'],
  backend: ['@middy-durable/backend'],
  local: ['@middy-durable/local', '@middy-durable/local/invocation-host'],
};
const check = (file: string, text: string) => checkImports(file, text, entries);

describe('what a package may import', () => {
  test.each([
    ['packages/protocol/src/a.ts', `import { b } from './machine/b.ts';`],
    ['packages/core/src/a.ts', `import { type Backend } from '@middy-durable/protocol';`],
    ['packages/core/src/a.ts', `const lambda = await import('@aws-sdk/client-lambda');`],
    ['packages/core/src/a.ts', `import { AsyncLocalStorage } from 'node:async_hooks';`],
    ['packages/backend/src/a.ts', `export * from '@middy-durable/protocol';`],
    ['packages/local/src/a.ts', `import { createService } from '@middy-durable/backend';`],
    ['packages/local/src/a.ts', `const { DatabaseSync } = await import('node:sqlite');`],
    [
      'packages/core/src/deep/a.test.ts',
      `import { memoryBackend } from '@middy-durable/backend'; import fc from 'fast-check';`,
    ],
    ['packages/core/src/a.ts', `// import '@middy-durable/backend'\nconst text = "import x from 'middy'";`],
    ['examples/order/main.ts', `import '@middy-durable/local/invocation-host'; import './handler.ts';`],
  ])('%s: %s', (file, text) => {
    expect(check(file, text)).toEqual([]);
  });
});

describe('what a package may not import', () => {
  test.each([
    ['packages/protocol/src/a.ts', `import { createHash } from 'node:crypto';`, 'protocol is pure'],
    ['packages/protocol/src/a.ts', `import 'fast-check';`, 'of others, protocol may import nothing'],
    [
      'packages/protocol/src/a.ts',
      `export type { X } from '@middy-durable/core';`,
      'of this project, protocol may use nothing',
    ],
    ['packages/core/src/a.ts', `import type { S } from '@middy-durable/backend';`, 'core may use only protocol'],
    ['packages/core/src/a.ts', `await import('@middy-durable/local');`, 'core may use only protocol'],
    ['packages/core/src/a.ts', `type L = import('@middy-durable/backend').L;`, 'core may use only protocol'],
    ['packages/core/src/a.ts', `import { LambdaClient } from '@aws-sdk/client-lambda';`, 'only by a dynamic import()'],
    [
      'packages/core/src/a.ts',
      `import { DynamoDB } from '@aws-sdk/client-dynamodb';`,
      'of others, core may import only @aws-sdk/client-lambda',
    ],
    [
      'packages/core/src/a.ts',
      `import middy from '@middy/core';`,
      'of others, core may import only @aws-sdk/client-lambda',
    ],
    [
      'packages/core/src/a.ts',
      `import { Logger } from '@aws-lambda-powertools/logger';`,
      'of others, core may import only @aws-sdk/client-lambda',
    ],
    ['packages/core/src/a.ts', `import { join } from 'path';`, `write 'node:path'`],
    ['packages/core/src/a.ts', `import { x } from '@middy-durable/core';`, 'by relative paths'],
    ['packages/backend/src/a.ts', `import { x } from '@middy-durable/core';`, 'backend may use only protocol'],
    ['packages/unknown/src/a.ts', `import 'node:fs';`, 'has no row in LAYERS'],
    ['packages/local/src/a.ts', `import { x } from '../../backend/src/x.ts';`, `import '@middy-durable/backend'`],
    ['packages/local/src/a.ts', `import { x } from '../../../scripts/x.mjs';`, 'a path out of packages/local'],
    ['packages/local/src/a.test.ts', `import { x } from '../../backend/src/x.ts';`, `import '@middy-durable/backend'`],
    ['packages/local/src/a.ts', `import { x } from '@middy-durable/backend/src/x.ts';`, 'not an entry of that package'],
    ['test/simulation/a.ts', `import { x } from '../../packages/core/src/x.ts';`, `import '@middy-durable/core'`],
    ['examples/order/main.ts', `import { x } from '@middy-durable/nowhere';`, 'there is no packages/nowhere'],
  ])('%s: %s', (file, text, problem) => {
    const [message, ...more] = check(file, text);
    expect(message).toContain(`${file}:1 imports '`);
    expect(message).toContain(problem);
    expect(more).toEqual([]);
  });

  test('a manifest that differs from it', () => {
    const manifest = (dependencies: Record<string, string>) => ({ version: '1.2.3', dependencies });
    expect(checkManifest('core', manifest({ '@middy-durable/protocol': '1.2.3' }))).toEqual([]);
    expect(checkManifest('core', manifest({ '@middy-durable/backend': '1.2.3' }))).toEqual([
      `packages/core/package.json, dependency '@middy-durable/backend': of this project, core may use only protocol`,
      `packages/core/package.json, dependency '@middy-durable/protocol': its range must be exactly 1.2.3, the packages are released together`,
    ]);
    expect(checkManifest('core', manifest({ '@middy-durable/protocol': '^1.2.3' }))).toHaveLength(1);
  });
});

test('every form of import is seen, with its line', () => {
  const text = [
    `import a from 'a';`,
    `export * from 'b';`,
    `const c = await import('c');`,
    `let d: import('d').D;`,
    `import e = require('e');`,
    `const f = require('f');`,
  ].join('\n');
  expect(importsOf('x.ts', text)).toEqual([
    { specifier: 'a', dynamic: false, line: 1 },
    { specifier: 'b', dynamic: false, line: 2 },
    { specifier: 'c', dynamic: true, line: 3 },
    { specifier: 'd', dynamic: false, line: 4 },
    { specifier: 'e', dynamic: false, line: 5 },
    { specifier: 'f', dynamic: false, line: 6 },
  ]);
});
