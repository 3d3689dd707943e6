import { parseArgs } from 'node:util';
import { STORE_KINDS, type StoreKind } from './scenario.ts';

export interface SimulateArguments {
  /** Run exactly this seed. */
  seed: number | undefined;
  /** How many seeds, from `from` on. */
  seeds: number;
  from: number;
  store: StoreKind | undefined;
  drop: string[];
  workers: number;
  /** Print the whole trace. */
  trace: boolean;
  twice: boolean;
}

export const USAGE = `npm run simulate -- [options]
  --seeds N      run N seeds (default 1000)
  --from S       the first of them (default 1)
  --seed S       run this one seed
  --store KIND   memory, sqlite or dynamodb (default: memory, one seed in eight on sqlite)
  --drop A,B     leave these operations out of the program
  --twice        run every seed twice and compare the traces (default: one in ten)
  --trace        with --seed: print the whole trace
  --workers N    threads (default 2)`;

/** Throws an error with the usage for an argument that makes no sense. */
export function readArguments(args: string[]): SimulateArguments {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      store: { type: 'string' },
      drop: { type: 'string', default: '' },
      workers: { type: 'string', default: '2' },
      trace: { type: 'boolean', default: false },
      twice: { type: 'boolean', default: false },
    },
  });
  return {
    seed: values.seed === undefined ? undefined : whole('--seed', values.seed, 0),
    seeds: whole('--seeds', values.seeds, 1),
    from: whole('--from', values.from, 0),
    store: values.store === undefined ? undefined : storeKind(values.store),
    drop: values.drop.split(',').filter((key) => key !== ''),
    workers: whole('--workers', values.workers, 1),
    trace: values.trace,
    twice: values.twice,
  };
}

function storeKind(text: string): StoreKind {
  const kind = STORE_KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new RangeError(`--store is ${text}; give ${STORE_KINDS.join(', ')}.\n\n${USAGE}`);
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} is ${text}; give a whole number from ${least}.\n\n${USAGE}`);
}
