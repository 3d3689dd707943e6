import type { BenchCase } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { liveHeap } from '../support/heap.ts';
import { PlainService } from '../support/plain-service.ts';

const HOUR = { seconds: 3600 };
/** Memory of the user's that his code, left behind for good, would hold. */
const KEPT_BYTES = 1024;

/** Handlers that never go on; what they hold says whether they are collected. */
const handlers: Readonly<Record<string, (held: Uint8Array) => Handler>> = {
  'in a wait': (held) => async (_event, context) => {
    await context.wait('cool-down', HOUR);
    return held.length;
  },
  'in a map, a child and a callback, with signals': (held) => async (_event, context) => {
    // The official SDK has no signal there.
    context.signal?.addEventListener('abort', () => held.fill(0));
    const items = context.map('all', [1, 2], async (child) => {
      await child.step('add', async () => held.length);
      await child.wait('cool-down', HOUR);
    });
    const child = context.runInChildContext('child', async (inner) => {
      await inner.waitForCallback('approval', async () => {});
      return held.length;
    });
    return Promise.race([Promise.all([items, child]), new Promise(() => held)]);
  },
};

export const benchCase: BenchCase = {
  title: 'what suspended invocations leave in memory; nothing, all of them are collected',
  rows: (full) => Object.keys(handlers).map((where) => `${full ? 10_000 : 3000} suspended ${where}`),
  rounds: 1,
  async measure(engine, row, report) {
    const [count, where] = row.split(' suspended ') as [string, string];
    const durable = await loadEngine(engine);
    const refs: WeakRef<Uint8Array>[] = [];
    const run = async (): Promise<void> => {
      const held = new Uint8Array(KEPT_BYTES);
      refs.push(new WeakRef(held));
      const service = new PlainService();
      const handler = (handlers[where] as (held: Uint8Array) => Handler)(held);
      const output = await durable(handler, service.client)(service.envelope());
      if (output.Status !== 'PENDING') throw new Error(JSON.stringify(output));
    };
    await Promise.all(Array.from({ length: 100 }, run));
    refs.length = 0;
    const before = await liveHeap();
    for (let left = Number(count); left > 0; left -= 100) await Promise.all(Array.from({ length: 100 }, run));
    const grown = (await liveHeap()) - before;
    const alive = refs.filter((ref) => ref.deref() !== undefined).length;
    report({ 'left in memory': alive, 'heap for each, bytes': grown / Number(count) });
  },
};
