import { type Claim, Claims } from '../src/claims/claims.ts';
import { callOwner, executionOwner } from '../src/claims/owner.ts';
import { FencedPersistenceLayer, type PutOutcome } from '../src/persistence/fenced-persistence-layer.ts';
import type { RecordFormat, StoredRecord } from '../src/persistence/record.ts';
import type { WriteCondition } from '../src/persistence/write-condition.ts';
import { Turns } from './turns.ts';

/** What a client does, and where it dies. */
export interface ClientPlan {
  key: string;
  /** A call has a lease and never comes back; an execution comes back as the same owner until it has ended. */
  kind: 'call' | 'execution';
  /** Milliseconds, of a call. */
  lease: number;
  /** Where each of its lives ends. */
  dies: string[];
  /** The execution is stopped, while its code goes on. */
  stops: string | undefined;
  fails: boolean;
}

/** What becomes of a request: it never arrives, or its answer does not. */
export type Fault = 'none' | 'refused' | 'lost';

const BEGIN = 1_800_000_000_000;
const KEEP_MS = 60_000;
/** What the claims of executions are said to last: less than some of the executions. */
const SAID_MS = 10 * 86_400_000;
/** A client that finds the key taken looks again, this often. */
const MOST_TRIES = 4;

interface Owner {
  name: string;
  until: number;
  /** It has said that it is done with the key, or can't say anything any more. */
  isDone: boolean;
}

interface Kept {
  value: string;
  expiresAt: number;
}

/** Clients of one store, whose requests arrive in the order that a scheduler says; and what must hold of them. */
export class ModelWorld {
  readonly violations: string[] = [];
  readonly #turns: Turns;
  readonly #store: FencedPersistenceLayer;
  readonly #claims: Claims;
  readonly #ended = new Set<string>();
  /** Who was last told that it has the key. */
  readonly #owners = new Map<string, Owner>();
  /** Results that somebody was told of. */
  readonly #results = new Map<string, Kept>();
  #now = BEGIN;
  /** The latest that any clock has shown: what ended by then has ended, also when clocks are set back. */
  #latest = BEGIN;

  constructor(store: FencedPersistenceLayer, order: number[], faults: Fault[]) {
    this.#store = store;
    this.#turns = new Turns(order);
    const gated = new GatedStore(store, this.#turns, [...faults]);
    this.#claims = new Claims(gated, 'powertools-typescript', undefined, async (owner) =>
      owner !== undefined && this.#ended.has(owner) ? 'ended' : 'running',
    );
  }

  /** Lets clients work, and time jump, until all is over. */
  async run(plans: ClientPlan[], jumps: number[]): Promise<void> {
    const work = [...plans.map((plan, index) => this.#client(plan, index)), ...jumps.map((ms) => this.#jump(ms))];
    await this.#turns.until(Promise.all(work));
    await this.#checkEnd();
  }

  async #jump(ms: number): Promise<void> {
    await this.#turns.next();
    this.#now += ms;
    this.#latest = Math.max(this.#latest, this.#now);
  }

  async #client(plan: ClientPlan, index: number): Promise<void> {
    const name =
      plan.kind === 'call' ? callOwner(String(index)) : executionOwner({ place: 'here', arn: `arn-${index}` });
    const lives = plan.kind === 'call' ? 1 : plan.dies.length + 1;
    for (let life = 0; life < lives; life++) {
      const isOver = await this.#live(plan, name, plan.dies[life] ?? 'never');
      if (isOver) break;
    }
    // Whatever happened, it does nothing more.
    if (plan.kind === 'execution') this.#end(plan.key, name);
  }

  /** What is on record in the end is what was told. */
  async #checkEnd(): Promise<void> {
    for (const [key, { value, expiresAt }] of this.#results) {
      if (this.#latest > expiresAt) continue;
      const record = await this.#store.get(key, 'powertools-typescript');
      if (record?.data?.text !== value) this.violations.push(`the result of ${key} was lost`);
    }
  }

  /** One life of a client. True when it has its answer. */
  async #live(plan: ClientPlan, name: string, death: string): Promise<boolean> {
    const { key, kind } = plan;
    const isCall = kind === 'call';
    const owner: Owner = { name, until: isCall ? this.#now + plan.lease : Number.POSITIVE_INFINITY, isDone: false };
    const until = isCall ? owner.until : BEGIN + SAID_MS;
    const claim: Claim = { key, owner: name, payloadHash: undefined, until, now: () => this.#now };
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const claimed = await this.#claims.claim(claim).catch(() => undefined);
      if (!claimed) {
        if (kind === 'call') return true;
        continue;
      }
      if (claimed.kind === 'taken') {
        if (claimed.record.status !== 'COMPLETED') continue;
        this.#told(key, claimed.record);
        return true;
      }
      // It heard of its claim when its time was over: its process has been ended meanwhile.
      if (this.#latest > owner.until) return true;
      this.#owned(key, owner);
      if (plan.stops === 'after claim') this.#end(key, name);
      if (death === 'before effect') return this.#died(kind, owner);
      await this.#turns.next();
      if (plan.stops === 'after effect') this.#end(key, name);
      if (death === 'after effect') return this.#died(kind, owner);
      owner.isDone = true;
      if (plan.fails) {
        await this.#claims.release(claim).catch(() => undefined);
        return true;
      }
      const data = { text: JSON.stringify(`by ${name}`), encoding: 'json' as const };
      const settlement = { status: 'COMPLETED' as const, data, expiresAt: this.#now + KEEP_MS };
      const settled = await this.#claims.settle(claim, settlement).catch(() => undefined);
      // Without an answer it comes again, as what it was.
      if (!settled) return kind === 'call';
      if (death !== 'after record') this.#told(key, settled.record);
      return death !== 'after record';
    }
    return true;
  }

  #died(kind: ClientPlan['kind'], owner: Owner): boolean {
    // A call that died holds the key until its time is over; nobody acts in its name.
    if (kind === 'call') owner.isDone = false;
    return kind === 'call';
  }

  #end(key: string, name: string): void {
    this.#ended.add(name);
    const owner = this.#owners.get(key);
    if (owner?.name === name) owner.isDone = true;
  }

  #owned(key: string, owner: Owner): void {
    // Whom a stop overtook before it heard of its claim has none: somebody else may have replaced it in between.
    if (this.#ended.has(owner.name)) return;
    const other = this.#owners.get(key);
    const stands = other && other.name !== owner.name && !other.isDone && this.#latest <= other.until;
    if (stands && !this.#ended.has(other.name)) {
      this.violations.push(`${owner.name} has ${key}, and ${other.name} has it still`);
    }
    const kept = this.#results.get(key);
    if (kept && this.#latest <= kept.expiresAt) this.violations.push(`${owner.name} has ${key}, which has a result`);
    this.#owners.set(key, owner);
  }

  #told(key: string, { data, expiresAt = 0 }: StoredRecord): void {
    const value = data?.text ?? '';
    const kept = this.#results.get(key);
    if (kept && this.#latest <= kept.expiresAt && kept.value !== value) {
      this.violations.push(`${key} had the result ${kept.value}, and has ${value} now`);
    }
    this.#results.set(key, { value, expiresAt });
  }
}

/** Requests that wait for their turn twice: to arrive, and to be answered. */
class GatedStore extends FencedPersistenceLayer {
  readonly #store: FencedPersistenceLayer;
  readonly #turns: Turns;
  readonly #faults: Fault[];

  constructor(store: FencedPersistenceLayer, turns: Turns, faults: Fault[]) {
    super();
    this.#store = store;
    this.#turns = turns;
    this.#faults = faults;
  }

  override put(record: StoredRecord, condition: WriteCondition): Promise<PutOutcome> {
    return this.#request(() => this.#store.put(record, condition));
  }

  override get(key: string, format: RecordFormat): Promise<StoredRecord | undefined> {
    return this.#request(() => this.#store.get(key, format));
  }

  override delete(key: string, owner: string): Promise<void> {
    return this.#request(() => this.#store.delete(key, owner));
  }

  async #request<T>(send: () => Promise<T>): Promise<T> {
    const fault = this.#faults.shift() ?? 'none';
    await this.#turns.next();
    if (fault === 'refused') throw new Error('refused');
    const answer = await this.#turns.busy(send());
    await this.#turns.next();
    if (fault === 'lost') throw new Error('lost');
    return answer;
  }
}
