import { withDurableExecution as official } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { createService, type StoreBackend, servedBy } from '@middy-durable/backend';
import { type DurableContext, withDurableExecution as ours } from '@middy-durable/core';
import { BACKENDS } from '../support/backends.ts';
import type { EngineName, LambdaHandler } from './hosts/engines.ts';
import { SkippingClock } from './hosts/skipping-clock.ts';

const PAIRS: readonly (readonly [EngineName, EngineName])[] = [
  ['official', 'official'],
  ['official', 'ours'],
  ['ours', 'official'],
];

const quiet = (): void => {};
const silent = { error: quiet, warn: quiet, info: quiet, debug: quiet };

async function processOrder({ id }: { id: number }, context: DurableContext): Promise<unknown> {
  context.configureLogger({ customLogger: silent });
  const paid = await context.step('pay', async () => `paid ${id}`);
  await context.wait('cool-down', { hours: 1 });
  return [paid, await context.step('send', async () => 'sent')];
}

/** The same function on either engine, each with its documented line. */
function deployed(engine: EngineName, backend: StoreBackend): LambdaHandler {
  if (engine === 'ours') return ours(processOrder, { backend }) as LambdaHandler;
  return servedBy(backend, official(processOrder as never) as LambdaHandler);
}

describe.each(Object.entries(BACKENDS))('ordinary events on %s', (_name, make) => {
  it.each(PAIRS)('taken by the %s engine, resumed and asked for again by the %s engine', async (first, second) => {
    const clock = new SkippingClock();
    const { backend, close } = await make({ clock });
    try {
      const lambdaContext = { awsRequestId: 'request-1', functionName: 'orders', getRemainingTimeInMillis: () => 1e5 };
      const pending = await deployed(first, backend)({ id: 7 }, lambdaContext);
      expect(pending).toMatchObject({ executionName: 'request-1', status: 'RUNNING' });

      const reports: unknown[] = [];
      const service = createService({
        backend,
        invoke: (_function, envelope) => deployed(second, backend)(envelope, lambdaContext),
        onError: (error) => reports.push(error),
      });
      clock.skipTo((await backend.engine.store.nextDue()) as number);
      await service.tick();
      await service.idle();
      expect(reports).toEqual([]);

      expect(await deployed(second, backend)({ id: 7 }, lambdaContext)).toEqual(['paid 7', 'sent']);
      const { DurableExecutions } = await backend.executions.list();
      expect(DurableExecutions).toMatchObject([{ Status: 'SUCCEEDED' }]);
    } finally {
      await close();
    }
  });
});
