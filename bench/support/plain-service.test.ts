import { describe, expect, it } from '@jest/globals';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import type { EngineName } from './bench-case.ts';
import { loadEngine } from './engines.ts';
import { PlainService } from './plain-service.ts';

/** A step, a child with a step, a callback that nobody completes. */
const handler = async (_event: unknown, context: DurableContext) => {
  const one = await context.step('one', async () => 1);
  const two = await context.runInChildContext('child', (child) => child.step('two', async () => one + 1));
  if (two !== 2) throw new Error(`two is ${two}`);
  const [approval] = await context.createCallback('approval');
  return approval;
};

describe.each<EngineName>(['official', 'ours'])('the plain service, driven by the engine %s', (engine) => {
  it('records enough to suspend an execution and to replay it', async () => {
    const durable = await loadEngine(engine);
    const service = new PlainService();
    const bodies: number[] = [];
    const invoke = durable(async (event, context) => {
      await context.step('counted', async () => bodies.push(1));
      return handler(event, context);
    }, service.client);
    expect(await invoke(service.envelope())).toEqual({ Status: 'PENDING' });
    const requests = service.requests;
    expect(await invoke(service.envelope())).toEqual({ Status: 'PENDING' });
    expect(bodies).toEqual([1]);
    expect(service.requests).toBe(requests);
  });
});

it('says when it answered last', async () => {
  const service = new PlainService();
  const before = performance.now();
  const durable = withDurableExecution((_event, context: DurableContext) => context.step('one', async () => 1), {
    durableExecutionClient: service.client,
  });
  const output = await durable(service.envelope() as never, {} as never);
  expect(output).toEqual({ Status: 'SUCCEEDED', Result: '1' });
  expect(service.answeredAt).toBeGreaterThanOrEqual(before);
  expect(service.requests).toBe(1);
});
