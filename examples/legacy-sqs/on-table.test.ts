import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { FunctionOnTable } from '@middy-durable-examples/shared/test-support/function-on-table.ts';
import { switchedBackend } from '@middy-durable-examples/shared/test-support/switched-backend.ts';
import { onEveryEngine } from '../../test/dynamodb/stores.ts';
import { batchOf, keptOf, type Message } from './outside/queue.ts';
import { planTroubles, readRequests } from './outside/services.ts';

jest.setTimeout(60_000);
const backend = switchedBackend();
jest.unstable_mockModule('./backend.ts', () => ({ backend }));
const { handler } = await import('./with-question.ts');

const MINUTE = 60_000;
const DAY = 86_400_000;
const message = (id: string): Message => ({ id: `message-${id}`, body: JSON.stringify({ id, address: 'London' }) });
const requests = (order: string): string[] =>
  readRequests().flatMap(({ call, order: id, outcome }) => (id === order ? [`${call} ${outcome}`] : []));

useFreshOutside();
beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
});

onEveryEngine((_make, engine) => {
  let consumer: FunctionOnTable;
  beforeEach(async () => {
    consumer = await FunctionOnTable.on(engine(), handler, backend);
  });

  /** Delivers a batch and returns what the queue keeps. */
  const deliver = async (messages: Message[], delivery?: number): Promise<Message[]> =>
    keptOf(messages, await consumer.send(batchOf(messages, delivery)));

  describe('the consumer with its wake-up function', () => {
    it('asks three days later, within two seconds, of every message of a batch', async () => {
      const began = consumer.now;
      expect(await deliver([message('1'), message('2')])).toEqual([]);
      await consumer.passIdle(3 * DAY - 3 * MINUTE);
      await consumer.pass(began + 3 * DAY - consumer.now - 1000);
      for (const id of ['1', '2']) expect(requests(id)).toEqual(['label done', 'announce done']);
      await consumer.pass(3000);
      for (const id of ['1', '2']) expect(requests(id)).toEqual(['label done', 'announce done', 'ask done']);
      expect(await consumer.executions()).toEqual(['message-1 SUCCEEDED', 'message-2 SUCCEEDED']);
    });

    it('ships once what is delivered again while it waits', async () => {
      await deliver([message('1')]);
      expect(await deliver([message('1')], 2)).toEqual([]);
      await consumer.passIdle(3 * DAY);
      await consumer.pass(MINUTE);
      expect(await deliver([message('1')], 3)).toEqual([]);
      expect(requests('1')).toEqual(['label done', 'announce done', 'ask done']);
    });

    it.each(['before', 'after'] as const)('goes on when the process dies %s the record of a label', async (moment) => {
      consumer.dies(moment, 'label');
      await expect(deliver([message('1')])).rejects.toThrow('the process died');
      // It could still be alive: what comes again so early is done for the queue.
      expect(await deliver([message('1')], 2)).toEqual([]);
      await consumer.pass(16 * MINUTE);
      const again = moment === 'before' ? ['label done before'] : [];
      expect(requests('1')).toEqual(['label done', ...again, 'announce done']);
      expect(await consumer.executions()).toEqual(['message-1 RUNNING']);
    });

    it('goes on with a step that failed when the queue delivers again, under the same key', async () => {
      planTroubles({ 'label 1': ['lost answer'] });
      expect(await deliver([message('1')])).toEqual([message('1')]);
      await consumer.pass(3 * MINUTE);
      expect(requests('1')).toEqual(['label done']);
      expect(await deliver([message('1')], 2)).toEqual([]);
      expect(requests('1')).toEqual(['label done', 'label done before', 'announce done']);
    });
  });
});
