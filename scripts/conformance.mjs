// npm run conformance [-- options of its src/cli.mjs]: the language-neutral requirements, over every store.
// The suite is a folder beside the project, or CONFORMANCE=<folder>. A copy of it runs inside the project, where its
// dependencies resolve. DURABLE_SDK names another engine to test (such as the official SDK) instead of packages/core.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isAvailable, startDynamoDB } from '../test/support/dynamodb-engines.ts';
import { buildOrExit, node, root } from './project.mjs';

const source = resolve(root, process.env.CONFORMANCE ?? '../shared/conformance');
if (!existsSync(source)) {
  console.log(`conformance: nothing ran, there is no folder ${process.env.CONFORMANCE ?? '../shared/conformance'}`);
  process.exit(0);
}

const adapterFolder = join(root, 'test/conformance');
const adapters = existsSync(adapterFolder)
  ? readdirSync(adapterFolder)
      .filter((file) => file.endsWith('.adapter.mjs'))
      .sort()
  : [];
if (adapters.length === 0) {
  console.error('conformance: nothing ran, there is no test/conformance/<store>.adapter.mjs');
  process.exit(1);
}

buildOrExit();
const sdk = process.env.DURABLE_SDK ?? join(root, 'packages/core/dist/index.js');
const copy = join(root, '.conformance');
rmSync(copy, { recursive: true, force: true });
cpSync(source, copy, { recursive: true, filter: (path) => !/[\\/](node_modules|\.git)$/.test(path) });
bindAlias();

let failed = false;
for (const adapter of adapters) {
  const store = adapter.replace('.adapter.mjs', '');
  const needsJava = store === 'dynamodb-local';
  if (needsJava && !isAvailable('DynamoDB Local')) {
    console.log(`\nconformance ${store}: not run, there is no Java`);
    continue;
  }
  const engine = needsJava ? await startDynamoDB('DynamoDB Local') : undefined;
  try {
    failed = !runOn(store, join(adapterFolder, adapter), { DYNAMODB_LOCAL: engine?.endpoint }) || failed;
  } finally {
    await engine?.close();
  }
}
process.exitCode = failed ? 1 : 0;

/** True when every requirement holds on a store. */
function runOn(store, adapter, env) {
  const out = join(copy, 'results', `${store}.json`);
  console.log(`\n# conformance, ${store}`);
  const status = node(
    [join(copy, 'src/cli.mjs'), ...['--adapter', adapter, '--time', 'real', '--out', out], ...process.argv.slice(2)],
    { env: { ...process.env, ...env, DURABLE_SDK: sdk, CONFORMANCE_ROOT: copy } },
  );
  const counts = outcomes(out);
  const summary = Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
  const complete = status === 0 && Object.keys(counts).length > 0;
  console.log(`conformance ${store}: ${complete ? 'ok' : 'NOT OK'}, ${summary || 'no report'}`);
  return complete;
}

/**
 * Binds the handlers' `durable-sdk` to the engine under test in every process of the copy, also where the suite's preload
 * (src/sdk-alias.mjs) is not handed on: else such a process would silently test the official SDK.
 */
function bindAlias() {
  const alias = join(copy, 'node_modules/durable-sdk');
  mkdirSync(alias, { recursive: true });
  cpSync(join(copy, 'sdk-alias'), alias, { recursive: true });
  const target = isAbsolute(sdk) ? pathToFileURL(sdk).href : sdk;
  writeFileSync(join(alias, 'index.mjs'), `export * from ${JSON.stringify(target)};\n`);
}

/** How many requirements ended how. */
function outcomes(file) {
  if (!existsSync(file)) return {};
  const counts = {};
  for (const { outcome } of JSON.parse(readFileSync(file, 'utf8')).reports)
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
