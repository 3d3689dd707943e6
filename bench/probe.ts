// node --expose-gc bench/probe.ts <case> <engine> <row>: measures one row of one case in this process, and prints one line.
import { writeSync } from 'node:fs';
import { loadCase } from './cases/index.ts';
import type { EngineName } from './support/bench-case.ts';

const [name, engine, row] = process.argv.slice(2) as [string, EngineName, string];
const benchCase = await loadCase(name);
await benchCase.measure(engine, row, (figures) => writeSync(1, `${JSON.stringify(figures)}\n`));
if (!benchCase.endsAlone) process.exit();
