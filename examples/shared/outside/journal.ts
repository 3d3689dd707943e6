import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { outsideFile } from './folder.ts';

/** What a pretended service remembers: entries in a file of JSON lines, which outlives whoever called the service. */
export interface Journal<Entry> {
  note(entry: Entry): void;
  /** All entries so far, oldest first. */
  read(): Entry[];
}

export function journal<Entry>(name: string): Journal<Entry> {
  return {
    note: (entry) => appendFileSync(outsideFile(name), `${JSON.stringify(entry)}\n`),
    read: () => {
      const file = outsideFile(name);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
  };
}

/** What a pretended service was told about how to behave. */
export interface Plan<Orders> {
  set(orders: Orders): void;
  get(): Orders;
}

/** @param initial how it behaves before anything is planned */
export function plan<Orders>(name: string, initial: Orders): Plan<Orders> {
  return {
    set: (orders) => writeFileSync(outsideFile(name), JSON.stringify(orders)),
    get: () => {
      const file = outsideFile(name);
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : initial;
    },
  };
}

/** The answer of a service that does what it was asked for and then falls silent. */
export function silence(): Promise<never> {
  return new Promise(() => {});
}
