// npm run bench [-- 'regex of cases'] [--full]: our engine, as it is built, beside the official SDK. First the benchmark
// that lies beside the project, or in BENCH=<folder>, where there is one; then bench/, whose README.md tells what is what.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildOrExit, node, root } from './project.mjs';

const args = process.argv.slice(2);
const full = args.includes('--full');
const pattern = args.find((arg) => !arg.startsWith('--'));

buildOrExit();
const failures = [...beside(resolve(root, process.env.BENCH ?? '../shared/bench')), node(['bench/main.ts', ...args])];
process.exitCode = failures.find((code) => code !== 0) ?? 0;

/** Exit codes of the benchmark beside the project. */
function beside(folder) {
  if (!existsSync(folder)) {
    console.log(`bench: there is no folder ${folder}; only bench/ runs`);
    return [];
  }
  const env = {
    ...process.env,
    BENCH_ROOT: root,
    SDK_PATH: join(root, 'packages/core'),
    ROUNDS: process.env.ROUNDS ?? (full ? '3' : '1'),
  };
  const codes = [node([join(folder, 'compare.mjs'), ...(pattern ? [pattern] : [])], { env })];
  if (!pattern || new RegExp(pattern).test('import')) {
    console.log('');
    codes.push(node([join(folder, 'import.mjs'), full ? '15' : '7'], { env }));
  }
  return codes;
}
