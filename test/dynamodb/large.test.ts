import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FUNCTION, Processes } from './processes.ts';
import { onEveryEngine } from './stores.ts';

jest.setTimeout(180_000);

const MEGABYTE = 1024 * 1024;

onEveryEngine((_make, engine) => {
  let processes: Processes | undefined;
  afterEach(() => processes?.close());

  /** Runs a handler to its end; `last` is the process of the last invocation, which has everything to load. */
  async function run(
    handler: Parameters<Processes['begin']>[0],
  ): Promise<{ result: unknown; requests: Record<string, number>; ms: number; megabytes: number }> {
    processes = await Processes.on(engine());
    const process = processes.begin(handler);
    const heapBefore = globalThis.process.memoryUsage().heapUsed;
    const began = performance.now();
    const { DurableExecutionArn: arn } = await process.backend.executions.start({
      functionName: FUNCTION,
      input: '{}',
    });
    const { Status, Result, Error: error } = await processes.end(process, arn);
    expect({ Status, error }).toEqual({ Status: 'SUCCEEDED', error: undefined });
    const requests: Record<string, number> = {};
    for (const { request } of process.faulty.sent) requests[request] = (requests[request] ?? 0) + 1;
    return {
      result: JSON.parse(Result ?? 'null'),
      requests,
      ms: performance.now() - began,
      megabytes: (globalThis.process.memoryUsage().heapUsed - heapBefore) / MEGABYTE,
    };
  }

  describe('one execution', () => {
    it('of 10,000 operations, resumed in their midst: one request for each page of them, bounded time and memory', async () => {
      let bodies = 0;
      const { result, requests, ms, megabytes } = await run(async (_event, context) => {
        const step = (name: string) =>
          context.step(name, async () => {
            bodies += 1;
            return bodies;
          });
        let sum = 0;
        for (let page = 0; page < 50; page++) {
          if (page === 25) await context.wait('the night', { hours: 8 });
          const results = await Promise.all(Array.from({ length: 200 }, (_, index) => step(`${page}-${index}`)));
          sum += results.length;
        }
        return sum;
      });
      expect([result, bodies]).toEqual([10_000, 10_000]);
      expect(requests.PutItem).toBeLessThan(200);
      expect(requests.Query).toBeLessThan(100);
      expect(ms).toBeLessThan(60_000);
      expect(megabytes).toBeLessThan(300);
    });

    it('of 1,000 sequential steps: one put for each, and nothing else', async () => {
      const { result, requests } = await run(async (_event, context) => {
        for (let index = 0; index < 1000; index++) await context.step(`step-${index}`, async () => index);
        return 'done';
      });
      expect(result).toBe('done');
      expect(requests.PutItem).toBeLessThanOrEqual(1010);
      expect(sum(requests) - (requests.PutItem ?? 0)).toBeLessThanOrEqual(30);
    });

    it('with a map over 1,000 items at once, each with a wait between two steps', async () => {
      const { result, requests } = await run(async (_event, context) => {
        const items = Array.from({ length: 1000 }, (_, index) => index);
        const { successCount } = await context.map('all', items, async (item, index, _items) => {
          await item.step('before', async () => index);
          await item.wait({ seconds: 5 });
          return item.step('after', async () => index);
        });
        return successCount;
      });
      expect(result).toBe(1000);
      expect(requests.PutItem).toBeLessThan(300);
    });
  });
});

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, one) => all + one, 0);
}
