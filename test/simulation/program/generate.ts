import { FAMILIES } from '../families/index.ts';
import { derivedSeed, Random } from '../random.ts';
import type { Family, Generation, Node, Program, Restriction } from './program.ts';

const MOST_OPERATIONS = 12;
const MOST_DEPTH = 3;
const DAY_SECONDS = 86_400;

/** The program of a seed. */
export function generateProgram(seed: number): Program {
  const random = new Random(derivedSeed(seed, 'program'));
  const generator = new Generator(random, random.whole(1, MOST_OPERATIONS));
  return {
    body: generator.root(),
    // Longer than all that a program does and all that clocks jump: only what waits for ever times out.
    executionTimeout: random.chance(0.5) ? undefined : 60 * DAY_SECONDS,
    // Too much for an answer, with room for all values below what a result may have.
    kilobytes: random.chance(0.01) ? 6080 : undefined,
  };
}

class Generator {
  readonly #random: Random;
  #budget: number;
  #keys = 0;
  readonly #openEnds: boolean;

  constructor(random: Random, budget: number) {
    this.#random = random;
    this.#budget = budget;
    this.#openEnds = random.chance(0.4);
  }

  root(): Node[] {
    const mayFail = this.#random.chance(0.4);
    const nodes: Node[] = [];
    while (this.#budget > 0) {
      const node = this.#operation(0, mayFail, this.#openEnds, {});
      if (node === undefined) break;
      nodes.push(node);
    }
    return nodes;
  }

  #operation(depth: number, mayFail: boolean, openEnds: boolean, restriction: Restriction): Node | undefined {
    if (this.#budget <= 0) return undefined;
    this.#budget -= 1;
    const { single = false, kinds } = restriction;
    const choices = FAMILIES.filter(
      (family) =>
        (!single || family.single) &&
        (kinds === undefined || kinds.includes(family.kind)) &&
        !(this.#openEnds && family.plainWork) &&
        (depth < MOST_DEPTH || family.inner === undefined),
    ).map((family) => ({ weight: family.weight, value: family }));
    if (choices.length === 0) return undefined;
    const family: Family = this.#random.weighted(choices);
    return family.generate(
      this.#generation(depth + 1, restriction.mayFail ?? mayFail, openEnds && !restriction.closed),
    );
  }

  #generation(depth: number, mayFail: boolean, openEnds: boolean): Generation {
    return {
      random: this.#random,
      mayFail,
      openEnds,
      key: (kind) => `${kind}${++this.#keys}`,
      operation: (restriction = {}) => this.#operation(depth, mayFail, openEnds, restriction),
      block: (most, restriction = {}) => {
        const nodes: Node[] = [];
        for (let left = this.#random.whole(1, most); left > 0; left--) {
          const node = this.#operation(depth, mayFail, openEnds, restriction);
          if (node !== undefined) nodes.push(node);
        }
        return nodes;
      },
    };
  }
}
