// npm run bench [-- 'regex of cases'] [--full]: our engine, as it is built, beside the official SDK; README.md tells more.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cases, loadCase } from './cases/index.ts';
import type { BenchCase, EngineName, Figures } from './support/bench-case.ts';
import { type Rounds, TABLE_HEAD, tableLines } from './support/table.ts';

const PROBE = fileURLToPath(new URL('probe.ts', import.meta.url));
const PROBE_LIMIT_MS = 600_000;

const args = process.argv.slice(2);
const full = args.includes('--full');
const pattern = args.find((arg) => !arg.startsWith('--'));
const names = Object.keys(cases);
const wanted = names.filter((name) => !pattern || new RegExp(pattern).test(name));
if (wanted.length === 0) console.log(`bench: no case matches ${pattern}; there are ${names.join(', ')}`);

for (const name of wanted) {
  const benchCase = await loadCase(name);
  console.log(`\n## ${name}: ${benchCase.title}\n\n${TABLE_HEAD}`);
  for (const row of benchCase.rows(full)) {
    for (const line of tableLines(row, measured(name, benchCase, row))) console.log(line);
  }
}

function measured(name: string, { engines = ['official', 'ours'], rounds = 3 }: BenchCase, row: string): Rounds {
  return Array.from({ length: rounds }, () =>
    Object.fromEntries(engines.flatMap((engine) => probe(name, engine, row) ?? [])),
  );
}

/** A failure is told, makes the command fail, and leaves its figures out. */
function probe(name: string, engine: EngineName, row: string): [[EngineName, Figures]] | undefined {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--disable-warning=ExperimentalWarning', PROBE, name, engine, row],
    { encoding: 'utf8', timeout: PROBE_LIMIT_MS },
  );
  const last = stdout.trim().split('\n').at(-1);
  if (status === 0 && last) return [[engine, JSON.parse(last) as Figures]];
  console.error(`${name} (${row}), ${engine}: ${signal ?? `exit code ${status}`}\n${stderr}`);
  process.exitCode = 1;
  return undefined;
}
