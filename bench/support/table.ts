import type { EngineName, Figures } from './bench-case.ts';
import { median, shown } from './statistics.ts';

/** What the processes of one row found: round by round, each engine once. */
export type Rounds = readonly Partial<Record<EngineName, Figures>>[];

export const TABLE_HEAD = '| row | figure | official | ours | ours / official |\n|---|---|---|---|---|';

/**
 * Lines of a markdown table, one for each figure. The ratio is the median of the ratios of the rounds, whose two halves ran
 * one after the other: a machine that gets busier meanwhile changes both.
 */
export function tableLines(row: string, rounds: Rounds): string[] {
  const names = new Set(rounds.flatMap((round) => Object.values(round).flatMap((figures) => Object.keys(figures))));
  return [...names].map((name) => {
    const of = (engine: EngineName): number[] => rounds.flatMap((round) => round[engine]?.[name] ?? []);
    const ratios = rounds.flatMap(({ official, ours }) => {
      const [theirs, own] = [official?.[name], ours?.[name]];
      return theirs !== undefined && own !== undefined && theirs > 0 ? own / theirs : [];
    });
    const middle = (values: number[]): string => (values.length > 0 ? shown(median(values)) : '');
    return `| ${[row, name, middle(of('official')), middle(of('ours')), middle(ratios)].join(' | ')} |`;
  });
}
