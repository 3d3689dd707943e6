// node --expose-gc bench/probe.ts <case> <engine> <row>: measures one row of one case in this process, and prints one line.
import { writeSync } from 'node:fs';
import { cases } from './cases/index.ts';
import type { EngineName } from './support/bench-case.ts';

const [name, engine, row] = process.argv.slice(2) as [string, EngineName, string];
const found = cases.find((candidate) => candidate.name === name);
if (!found) throw new Error(`No case is called ${name}; there are ${cases.map((known) => known.name).join(', ')}.`);
await found.measure(engine, row, (figures) => writeSync(1, `${JSON.stringify(figures)}\n`));
if (!found.endsAlone) process.exit();
