import { describe, expect, it } from '@jest/globals';
import { FAMILIES, familyOf } from '../families/index.ts';
import { keysOf, without } from './drop.ts';
import { find } from './find.ts';
import { generateProgram } from './generate.ts';
import { printProgram } from './print.ts';
import type { Node } from './program.ts';

const SEEDS = Array.from({ length: 400 }, (_, index) => index + 1);

function all(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...all(familyOf(node).inner?.(node) ?? [])]);
}

describe('generated programs', () => {
  it('are the same for the same seed', () => {
    for (const seed of SEEDS.slice(0, 50)) expect(generateProgram(seed)).toEqual(generateProgram(seed));
  });

  it('are small, never empty, and name every operation once', () => {
    for (const seed of SEEDS) {
      const keys = keysOf(generateProgram(seed));
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.length).toBeLessThanOrEqual(12);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('use every family', () => {
    const kinds = new Set(SEEDS.flatMap((seed) => all(generateProgram(seed).body).map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(FAMILIES.map(({ kind }) => kind).sort());
  });

  it('never leave something open for ever beside plain work, which could then be cut for ever', () => {
    for (const seed of SEEDS) {
      const nodes = all(generateProgram(seed).body);
      if (!nodes.some((node) => familyOf(node).plainWork)) continue;
      const plans = nodes.flatMap((node) => ('plan' in node ? [node.plan as Record<string, unknown>] : []));
      const open = plans.filter(
        (plan) =>
          'completion' in plan &&
          (plan.completion as { how: string }).how === 'never' &&
          plan.timeout === undefined &&
          plan.heartbeatTimeout === undefined,
      );
      expect(open).toEqual([]);
    }
  });

  it('print one line for each operation', () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const program = generateProgram(seed);
      expect(printProgram(program).split('\n')).toHaveLength(keysOf(program).length + 1);
    }
  });
});

describe('without', () => {
  it('drops operations wherever they stand, with all that is in them', () => {
    for (const seed of SEEDS.slice(0, 100)) {
      const program = generateProgram(seed);
      for (const key of keysOf(program)) {
        const left = keysOf(without(program, new Set([key])));
        expect(left).not.toContain(key);
        expect(keysOf(program)).toEqual(expect.arrayContaining(left));
      }
    }
  });

  it('changes nothing without keys', () => {
    const program = generateProgram(1);
    expect(without(program, new Set())).toBe(program);
  });
});

it('finds an operation by its key, wherever it stands', () => {
  for (const seed of SEEDS.slice(0, 50)) {
    const program = generateProgram(seed);
    for (const key of keysOf(program)) expect(find(program, key)?.key).toBe(key);
    expect(find(program, 'nowhere')).toBeUndefined();
  }
});

it('names the file where a missing family belongs', () => {
  expect(() => familyOf({ kind: 'dance', key: 'dance1' })).toThrow(
    'No family makes nodes of kind dance: add it to families/index.ts.',
  );
});
