import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OrdinaryEventOptions } from '@middy-durable/protocol';
import { BACKENDS, type OpenBackend } from '../../../test/support/backends.ts';
import { durableStep } from './ambient/durable-step.ts';
import { durableHandler } from './durable-handler.ts';
import { perRecord } from './per-record.ts';
import { failingAsReported } from './reported-failure.ts';
import type { DurableContext } from './types.ts';
import { withDurableExecution } from './with-durable-execution.ts';

interface Message {
  messageId: string;
  eventSource: string;
  body: string;
  receiptHandle: string;
  attributes: { ApproximateReceiveCount: string };
}
interface Batch {
  Records: Message[];
}
type Work = (message: Message, context: DurableContext) => Promise<unknown>;
type Queue = (handler: (event: Batch, context: object) => Promise<unknown>, ids: string[]) => Promise<string[]>;

const ONCE = { retryStrategy: () => ({ shouldRetry: false }) };

let requests = 0;
const message = (messageId: string): Message => ({
  messageId,
  eventSource: 'aws:sqs',
  body: `order of ${messageId}`,
  receiptHandle: `receipt ${requests}`,
  attributes: { ApproximateReceiveCount: `${requests}` },
});
/** Delivers a batch and returns the messages that the queue keeps. */
const deliver: Queue = async (handler, ids) => {
  requests += 1;
  const context = { functionName: 'orders', awsRequestId: `request-${requests}` };
  const answer = await handler({ Records: ids.map(message) }, context);
  return (answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures.map(
    (one) => one.itemIdentifier,
  );
};

describe.each(Object.entries(BACKENDS))('an execution per message, on %s', (_, makeBackend) => {
  let open: OpenBackend;
  let bodies: string[];
  beforeEach(async () => {
    open = await makeBackend();
    bodies = [];
    jest.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await open.close();
  });

  const body =
    (name: string, failures = 0) =>
    async (): Promise<string> => {
      bodies.push(name);
      if (bodies.filter((one) => one === name).length <= failures) throw new Error(`${name} failed`);
      return name;
    };
  const durable = (work: Work, options: OrdinaryEventOptions = {}) =>
    perRecord<Batch, object>(
      withDurableExecution(({ Records: [one] }: Batch, context: DurableContext) => work(one as Message, context), {
        backend: open.backend,
        ...options,
      }),
    );
  async function executions(): Promise<string[]> {
    const { DurableExecutions } = await open.backend.executions.list({ functionName: 'orders' });
    return DurableExecutions.map((one) => `${one.DurableExecutionName} ${one.Status}`).sort();
  }

  it('delivers again only what failed, which goes on where it failed', async () => {
    const handler = durable(async ({ messageId }, context) => {
      await context.step('charge', body(`charge ${messageId}`));
      await context.step('ship', body(`ship ${messageId}`, messageId === 'b' ? 2 : 0), ONCE);
    });
    let queue = ['a', 'b', 'c'];
    const kept: string[][] = [];
    while (queue.length > 0) {
      queue = await deliver(handler, queue);
      kept.push(queue);
    }
    expect(kept).toEqual([['b'], ['b'], []]);
    expect([...bodies].sort()).toEqual([
      'charge a',
      'charge b',
      'charge c',
      'ship a',
      'ship b',
      'ship b',
      'ship b',
      'ship c',
    ]);
    expect(await executions()).toEqual(['a SUCCEEDED', 'b FAILED', 'b FAILED', 'b SUCCEEDED', 'c SUCCEEDED']);
    // The queue delivers one that is done once more, in another batch.
    expect(await deliver(handler, ['c', 'd'])).toEqual([]);
    expect(bodies.filter((name) => name.endsWith('c'))).toHaveLength(2);
  });

  it('goes on by ambient steps too that are handed the message, which each delivery changes', async () => {
    const charge = durableStep(async (one: Message) => body(`charge ${one.messageId}`)(), { name: 'charge' });
    const handler = durable(async (one, context) => {
      await charge(one);
      await context.step('ship', body('ship', 2), ONCE);
    });
    for (const kept of [['a'], ['a'], []]) expect(await deliver(handler, ['a'])).toEqual(kept);
    expect(bodies).toEqual(['charge a', 'ship', 'ship', 'ship']);
  });

  it('counts a suspended message as done', async () => {
    const handler = durable((_message, context) => context.waitForCallback('approval', async () => {}));
    expect(await deliver(handler, ['a', 'b'])).toEqual([]);
    expect(await executions()).toEqual(['a RUNNING', 'b RUNNING']);
  });

  it('tries again what its handler reported as failed', async () => {
    const { backend } = open;
    const invoke = durableHandler(
      failingAsReported(async (event, context) => {
        const [one] = (event as Batch).Records as [Message];
        await context.step('charge', body(`charge ${one.messageId}`));
        try {
          await context.step('ship', body(`ship ${one.messageId}`, one.messageId === 'b' ? 1 : 0), ONCE);
          return { kind: 'return', result: { batchItemFailures: [] } };
        } catch {
          return { kind: 'return', result: { batchItemFailures: [{ itemIdentifier: one.messageId }] } };
        }
      }),
      { backend },
      'test',
    );
    const handler = perRecord<Batch, object>(invoke);
    expect(await deliver(handler, ['a', 'b'])).toEqual(['b']);
    expect(await deliver(handler, ['b'])).toEqual([]);
    expect([...bodies].sort()).toEqual(['charge a', 'charge b', 'ship a', 'ship b', 'ship b']);
    expect(await executions()).toEqual(['a SUCCEEDED', 'b FAILED', 'b SUCCEEDED']);
  });
});
