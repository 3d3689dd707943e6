// What the scripts share: where the project lies, what its packages export, how a command is run.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Condition under which the packages' exports name their sources. */
const SOURCE = '@middy-durable/source';

/**
 * The packages that have sources.
 * @returns {{ name: string, folder: string, path: string, manifest: Record<string, any>,
 *   entries: { specifier: string, source: string, output: string }[] }[]}
 */
export function packages() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((folder) => ({ folder, path: join(root, 'packages', folder) }))
    .filter(({ path }) => existsSync(join(path, 'package.json')) && existsSync(join(path, 'src')))
    .map(({ folder, path }) => {
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      const entries = Object.entries(manifest.exports)
        .filter(([, target]) => typeof target === 'object' && SOURCE in target && 'default' in target)
        .map(([subpath, target]) => ({
          specifier: manifest.name + subpath.slice(1),
          source: join(path, target[SOURCE]),
          output: join(path, target.default),
        }));
      return { name: manifest.name, folder, path, manifest, entries };
    });
}

/**
 * Runs a JavaScript file of the project or of a dependency with this very Node, in the foreground.
 * @param {string[]} args file and arguments
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {number} exit code
 */
export function node(args, options = {}) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}

/** Builds all packages; ends this process when that fails. */
export function buildOrExit() {
  const status = node(['scripts/build.mjs']);
  if (status !== 0) process.exit(status);
}
