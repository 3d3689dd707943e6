// npm run bench [-- 'regex of cases']: our engine beside the official SDK. The benchmark is a folder beside the project,
// or BENCH=<folder>; its README says what the columns mean.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildOrExit, node, root } from './project.mjs';

const folder = resolve(root, process.env.BENCH ?? '../shared/bench');
if (!existsSync(folder)) {
  console.log(`bench: nothing ran, there is no folder ${process.env.BENCH ?? '../shared/bench'}`);
  process.exit(0);
}

buildOrExit();
const env = { ...process.env, BENCH_ROOT: root, SDK_PATH: join(root, 'packages/core') };
const compared = node([join(folder, 'compare.mjs'), ...process.argv.slice(2)], { env });
console.log('');
const imported = node([join(folder, 'import.mjs')], { env });
process.exitCode = compared || imported;
