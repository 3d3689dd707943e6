import { BEAT_KEY, CLAIM_KEY } from '../layout.ts';
import { number } from '../log-items.ts';
import { attributesOfKey, type Table } from '../table.ts';

/** How long whoever stays holds the claim, in milliseconds: till the next tick of the schedule and a little longer. */
export const CLAIM_MS = 65_000;

/**
 * What the wake-up functions of a table tell each other and the functions that suspend: that one lives (the beat), and
 * that one stays and will see what falls due (the claim). Both are advice. Which invocation goes on with a run is decided
 * by the run's log alone.
 */
export class ControlItems {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  beat(now: number): Promise<void> {
    return this.#table.putOwn({ ...attributesOfKey(BEAT_KEY), u: number(now) });
  }

  /** Epoch milliseconds, undefined for never. */
  async lastBeat(): Promise<number | undefined> {
    const at = (await this.#table.get(BEAT_KEY))?.u?.N;
    return at === undefined ? undefined : Number(at);
  }

  /** Whether somebody has the claim. Reading costs less than a put that fails. */
  async isHeld(now: number): Promise<boolean> {
    const until = (await this.#table.get(CLAIM_KEY))?.l?.N;
    return until !== undefined && Number(until) > now;
  }

  /** Takes the claim if nobody else has it: who repeats what was applied has it already. */
  claim(holder: string, now: number): Promise<boolean> {
    return this.#table.put(claimItem(holder, now), {
      text: 'attribute_not_exists(#pk) OR #l <= :now OR #w = :w',
      values: { ':now': number(now), ':w': { S: holder } },
    });
  }

  /** Takes the claim from whoever has it: a tick of the schedule stays longer than all that came before it. */
  take(holder: string, now: number): Promise<void> {
    return this.#table.putOwn(claimItem(holder, now));
  }

  async holder(): Promise<string | undefined> {
    return (await this.#table.get(CLAIM_KEY))?.w?.S;
  }

  async release(holder: string): Promise<void> {
    await this.#table.delete(CLAIM_KEY, { text: '#w = :w', values: { ':w': { S: holder } } });
  }
}

function claimItem(holder: string, now: number): Parameters<Table['putOwn']>[0] {
  return { ...attributesOfKey(CLAIM_KEY), w: { S: holder }, l: number(now + CLAIM_MS) };
}
