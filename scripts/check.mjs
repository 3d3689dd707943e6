// npm run check: every check that is not a test. All of them run, also when one has failed; each failure is named at the end.
import { spawnSync } from 'node:child_process';
import { packages, root } from './project.mjs';

const bin = (path) => `node_modules/${path}`;
const all = packages();
const folders = all.map(({ folder }) => `packages/${folder}`);
const attw = [bin('@arethetypeswrong/cli/dist/index.js'), '--profile', 'esm-only', '--format', 'ascii', '--pack'];

const build = 'types and build';
const builtTypes = 'built types, with TypeScript 6 and 7';
const publint = 'published packages (publint)';
const publishedTypes = 'types of published packages (attw)';
const needBuild = new Set([builtTypes, publint, publishedTypes]);

/** @type {[title: string, ...commands: string[][]][]} */
const checks = [
  ['lint and format', [bin('@biomejs/biome/bin/biome'), 'check', '.']],
  ['import directions', ['scripts/check-imports.mjs']],
  [build, ['scripts/build.mjs']],
  ['types of tests, examples and scripts', [bin('typescript/bin/tsc'), '-p', 'tsconfig.tests.json']],
  [builtTypes, ['scripts/check-built-types.mjs']],
  ['unused files, exports and dependencies', [bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints']],
  [publint, ...folders.map((folder) => [bin('publint/src/cli.js'), '--strict', folder])],
  [publishedTypes, ...all.map((each) => [...attw, `packages/${each.folder}`, ...sourceOnly(each)])],
];

const failed = [];
for (const [title, ...commands] of checks) {
  if (failed.includes(build) && needBuild.has(title)) {
    console.log(`not run ${title}: the build failed`);
    continue;
  }
  const started = Date.now();
  const bad = commands.map(run).filter(({ status }) => status !== 0);
  console.log(`${bad.length > 0 ? 'FAILED' : 'ok    '} ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  for (const { output } of bad) console.log(output);
  if (bad.length > 0) failed.push(title);
}

console.log(failed.length > 0 ? `check FAILED: ${failed.join('; ')}` : `check: all ${checks.length} passed`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Entries that only the project's own tests use: the published package does not have them. */
function sourceOnly({ manifest }) {
  const entries = Object.entries(manifest.exports);
  const names = entries
    .filter(([, target]) => typeof target === 'object' && !('default' in target))
    .map(([name]) => name);
  return names.length > 0 ? ['--exclude-entrypoints', ...names] : [];
}

function run(args) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { status, output: `${stdout}${stderr}${error ?? ''}` };
}
