// packages/*/dist: declarations by `tsc -b`, one bundled ESM file for each exported entry by esbuild, and one
// for what entries of a package share.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { node, packages, root } from './project.mjs';

const status = node([join(root, 'node_modules/typescript/bin/tsc'), '-b']);
if (status !== 0) process.exit(status);

for (const { path, entries } of packages()) {
  const { metafile } = await build({
    entryPoints: entries.map(({ source, output }) => ({
      in: source,
      out: relative(join(path, 'dist'), output).slice(0, -3),
    })),
    outdir: join(path, 'dist'),
    bundle: true,
    // What two entries share exists once: classes of errors, the AsyncLocalStorage.
    splitting: true,
    chunkNames: 'shared-[hash]',
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    sourcemap: 'linked',
    logLevel: 'warning',
    metafile: true,
    absWorkingDir: root,
  });
  removeStale(path, new Set(Object.keys(metafile.outputs).map((output) => join(root, output))));
}

/** What an earlier build made of sources and entries that are gone must not be published. */
function removeStale(path, outputs) {
  const dist = join(path, 'dist');
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const made = join(dist, file);
    const stale = file.endsWith('.d.ts')
      ? !existsSync(join(path, 'src', file.replace(/\.d\.ts$/, '.ts')))
      : /\.js(\.map)?$/.test(file) && !outputs.has(made);
    if (stale) rmSync(made);
  }
}
