import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import { DurableExecutionInvocationInputWithClient } from '@middy-durable/protocol';
import { VirtualClock } from '../test-support/virtual-clock.ts';
import { type MemoryBackend, memoryBackend } from './memory-backend.ts';
import { memoryStore } from './memory-store.ts';
import { type ServedByOptions, servedBy } from './served-by.ts';
import type { ExecutionStore } from './store.ts';

interface Order {
  id: number;
}
type OrderHandler = (order: Order, context: DurableContext) => Promise<unknown>;

/** A function on the official SDK, the backend that serves it, and a loop that resumes what was suspended. */
function officialFunction(handler: OrderHandler, options?: ServedByOptions, store: ExecutionStore = memoryStore()) {
  const clock = new VirtualClock();
  // The official engine compares the backend's times with the machine's.
  clock.advanceTo(Date.now());
  const backend: MemoryBackend = memoryBackend({ clock, store });
  const quiet = (): void => {};
  const silent: OrderHandler = (order, context) => {
    context.configureLogger({ customLogger: { error: quiet, warn: quiet, info: quiet, debug: quiet } });
    return handler(order, context);
  };
  const served = servedBy(backend, withDurableExecution(silent), options);
  const lambdaContext = (awsRequestId: string) =>
    ({ awsRequestId, functionName: 'orders', getRemainingTimeInMillis: () => 900_000 }) as never;
  const reports: unknown[] = [];
  const service = backend.service({
    invoke: (_name, envelope, { requestId }) => served(envelope, lambdaContext(requestId)),
    onError: (error) => reports.push(error),
  });
  return {
    backend,
    reports,
    invoke: (event: unknown, requestId = 'request-1') => served(event, lambdaContext(requestId)),
    async runOut(): Promise<void> {
      for (let next = await service.tick(); next !== undefined; next = await service.tick()) {
        await service.idle();
        const due = await store.nextDue();
        if (due === undefined) break;
        clock.advanceTo(due);
      }
      await service.idle();
    },
  };
}

const sleepy: OrderHandler = async ({ id }, context) => {
  const paid = await context.step('pay', async () => `paid ${id}`);
  await context.wait('cool-down', { seconds: 60 });
  return [paid, await context.step('send', async () => 'sent')];
};

describe('servedBy', () => {
  it('gives the plain answer of a handler that is not suspended, and keeps its execution', async () => {
    const { backend, invoke } = officialFunction(({ id }, context) => context.step('pay', async () => ({ paid: id })));
    expect(await invoke({ id: 7 })).toEqual({ paid: 7 });
    const { DurableExecutions } = await backend.executions.list({ functionName: 'orders' });
    expect(DurableExecutions).toMatchObject([{ DurableExecutionName: 'request-1', Status: 'SUCCEEDED' }]);
  });

  it('answers that the execution goes on, resumes it, and attaches who asks again', async () => {
    const { backend, invoke, runOut, reports } = officialFunction(sleepy);
    const pending = { durableExecutionArn: expect.any(String), executionName: 'request-1', status: 'RUNNING' };
    expect(await invoke({ id: 7 })).toEqual(pending);
    expect(await invoke({ id: 7 })).toEqual(pending);
    await runOut();
    expect(await invoke({ id: 7 })).toEqual(['paid 7', 'sent']);
    expect((await backend.executions.list()).DurableExecutions).toHaveLength(1);
    expect(reports).toEqual([]);
  });

  it('passes the options for ordinary events on', async () => {
    const { invoke } = officialFunction(sleepy, {
      executionName: (order: Order) => `order-${order.id}`,
      pendingResponse: ({ executionName }) => ({ statusCode: 202, body: executionName }),
    });
    expect(await invoke({ id: 7 })).toEqual({ statusCode: 202, body: 'order-7' });
    expect(await invoke({ id: 7 }, 'request-2')).toEqual({ statusCode: 202, body: 'order-7' });
    await expect(invoke({ id: 8, executionName: 'x' }, 'request-3')).resolves.toEqual({
      statusCode: 202,
      body: 'order-8',
    });
  });

  it('rejects with the error of an execution that failed', async () => {
    const { backend, invoke } = officialFunction(async () => {
      throw Object.assign(new Error('out of stock'), { name: 'StockError' });
    });
    await expect(invoke({ id: 7 })).rejects.toMatchObject({ name: 'StockError', message: 'out of stock' });
    expect((await backend.executions.list()).DurableExecutions).toMatchObject([{ Status: 'FAILED' }]);
  });

  it('gives back a result that is too large for an answer', async () => {
    const { invoke } = officialFunction(async () => 'x'.repeat(6_291_440));
    expect(await invoke({ id: 7 })).toHaveLength(6_291_440);
  });

  it('fails the invocation, not the execution, when the store fails for a moment, and goes on by itself', async () => {
    const store = memoryStore();
    const append = store.append.bind(store);
    let failures = 0;
    Object.assign(store, {
      append: async (...args: Parameters<typeof append>) => {
        if (failures-- > 0) throw new Error('no disk');
        return append(...args);
      },
    });
    let sent = 0;
    const handler: OrderHandler = (_order, context) =>
      context.step('send', async () => {
        sent += 1;
        failures = sent === 1 ? 1 : 0;
        return sent;
      });
    const { backend, invoke, runOut } = officialFunction(handler, {}, store);
    await expect(invoke({ id: 7 })).rejects.toThrow('no disk');
    // Not only when the lease of this invocation ends.
    expect(await store.nextDue()).toBeLessThan(Date.now() + 60_000);
    expect((await backend.executions.list()).DurableExecutions).toMatchObject([{ Status: 'RUNNING' }]);
    await runOut();
    expect((await backend.executions.list()).DurableExecutions).toMatchObject([{ Status: 'SUCCEEDED' }]);
    expect(await invoke({ id: 7 })).toBe(2);
  });

  it('fails the execution of what is no durable handler, and says so', async () => {
    const backend = memoryBackend();
    const served = servedBy(backend, async () => 'plain');
    await expect(served({ id: 7 }, {})).rejects.toThrow('Invalid Status in invocation output.');
  });

  it('leaves an event alone that brings its own client', async () => {
    const backend = memoryBackend();
    const events: unknown[] = [];
    const served = servedBy(backend, async (event: unknown) => events.push(event));
    const envelope = { DurableExecutionArn: 'arn', CheckpointToken: 't', InitialExecutionState: { Operations: [] } };
    const event = new DurableExecutionInvocationInputWithClient(envelope, memoryBackend().client);
    expect(await served(event, {})).toBe(1);
    expect(events[0]).toBe(event);
  });

  it('refuses what can not be right', () => {
    const backend = memoryBackend();
    expect(() => servedBy(backend, undefined as never)).toThrow('servedBy: the handler is undefined');
    const observe = { mode: 'observe' } as unknown as ServedByOptions;
    expect(() => servedBy(backend, async () => undefined, observe)).toThrow(
      'mode is "observe", but must be \'durable\'',
    );
  });
});
