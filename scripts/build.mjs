// packages/*/dist: declarations by `tsc -b`, one bundled ESM file for each exported entry by esbuild.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { node, packages, root } from './project.mjs';

const status = node([join(root, 'node_modules/typescript/bin/tsc'), '-b']);
if (status !== 0) process.exit(status);

for (const { path, entries } of packages()) {
  for (const { source, output } of entries) {
    await build({
      entryPoints: [source],
      outfile: output,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node22',
      sourcemap: 'linked',
      logLevel: 'warning',
    });
  }
  removeStale(path, entries);
}

/** What an earlier build made of sources and entries that are gone must not be published. */
function removeStale(path, entries) {
  const dist = join(path, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const made = join(dist, file);
    const stale = file.endsWith('.d.ts')
      ? !existsSync(join(path, 'src', file.replace(/\.d\.ts$/, '.ts')))
      : /\.js(\.map)?$/.test(file) && !entries.some(({ output }) => output === made.replace(/\.map$/, ''));
    if (stale) rmSync(made);
  }
}
