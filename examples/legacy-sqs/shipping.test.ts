import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { OrdinaryFunction } from '@middy-durable-examples/shared/test-support/ordinary-function.ts';
import { switchedBackend } from '@middy-durable-examples/shared/test-support/switched-backend.ts';
import { BACKENDS } from '../../test/support/backends.ts';
import { batchOf, keptOf, type Message } from './outside/queue.ts';
import { planTroubles, readRequests } from './outside/services.ts';

const backend = switchedBackend();
jest.unstable_mockModule('./backend.ts', () => ({ backend }));
const { handler: before } = await import('./before.ts');
const { handler: after } = await import('./after.ts');

const message = (id: string): Message => ({ id: `message-${id}`, body: JSON.stringify({ id, address: 'London' }) });
const POISON = { id: 'message-poison', body: 'not JSON' };
const requests = (order: string): string[] =>
  readRequests().flatMap(({ call, order: id, outcome }) => (id === order ? [`${call} ${outcome}`] : []));

useFreshOutside();
beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(Object.entries(BACKENDS))('the consumer on %s', (_, make) => {
  let served: OrdinaryFunction;
  beforeEach(async () => {
    served = await OrdinaryFunction.on(make, after, backend);
  });
  afterEach(() => served.close());

  /** Delivers a batch and returns what the queue keeps. */
  const deliver = async (messages: Message[], delivery?: number): Promise<Message[]> =>
    keptOf(messages, await served.send(batchOf(messages, delivery)));

  it('ships what it shipped before', async () => {
    await before(batchOf([message('1'), message('2')]), {} as never);
    const asked = requests('1');
    expect(asked).toEqual(['label done', 'announce done']);
    expect(await deliver([message('3'), message('4')])).toEqual([]);
    expect([requests('3'), requests('4')]).toEqual([asked, asked]);
  });

  it('succeeds on the third delivery after a step failed twice, and bought the label once', async () => {
    planTroubles({ 'announce 2': ['down', 'down'] });
    const all = ['1', '2', '3'].map(message);
    const first = await deliver(all, 1);
    expect(first).toEqual([message('2')]);
    const second = await deliver([...first, message('4')], 2);
    expect(second).toEqual([message('2')]);
    expect(await deliver(second, 3)).toEqual([]);
    expect(requests('2')).toEqual(['label done', 'announce down', 'announce down', 'announce done']);
    for (const id of ['1', '3', '4']) expect(requests(id)).toEqual(['label done', 'announce done']);
  });

  it('pays once for a label whose answer was lost: the next delivery asks for it under the same key', async () => {
    planTroubles({ 'label 1': ['lost answer'] });
    expect(await deliver([message('1')], 1)).toEqual([message('1')]);
    expect(await deliver([message('1')], 2)).toEqual([]);
    expect(requests('1')).toEqual(['label done', 'label done before', 'announce done']);
  });

  it('would buy every label of the batch again as it was before', async () => {
    planTroubles({ 'announce 2': ['down', 'down'] });
    const batch = batchOf([message('1'), message('2')]);
    for (let delivery = 1; delivery <= 2; delivery++) {
      await expect(before(structuredClone(batch), {} as never)).rejects.toThrow("'announce' does not answer");
    }
    await before(batch, {} as never);
    for (const id of ['1', '2']) expect(requests(id).filter((one) => one === 'label done')).toHaveLength(3);
  });

  it('leaves a message that can not be read to the queue, as often as it comes, and ships the others', async () => {
    let kept = [message('1'), POISON, message('2')];
    for (let delivery = 1; delivery <= 3; delivery++) {
      kept = await deliver(kept, delivery);
      expect(kept).toEqual([POISON]);
    }
    for (const id of ['1', '2']) expect(requests(id)).toEqual(['label done', 'announce done']);
    expect(readRequests()).toHaveLength(4);
  });

  it('leaves an order without an address to the queue', async () => {
    const nowhere = { id: 'message-5', body: '{"id":"5"}' };
    expect(await deliver([nowhere])).toEqual([nowhere]);
    expect(readRequests()).toEqual([]);
  });

  it('ships once what comes twice: in a batch, later, and at once', async () => {
    await deliver([message('1'), message('1')]);
    await deliver([message('1')], 2);
    await Promise.all([deliver([message('2')], 1), deliver([message('2')], 2)]);
    for (const id of ['1', '2']) expect(requests(id)).toEqual(['label done', 'announce done']);
  });

  describe.each(['before', 'after'] as const)('whose process dies %s the record', (moment) => {
    const again = { label: 'label done before', announce: 'announce done before' };
    const expected = (step: keyof typeof again): string[] => [
      'label done',
      ...(moment === 'before' && step === 'label' ? [again.label] : []),
      'announce done',
      ...(moment === 'before' && step === 'announce' ? [again.announce] : []),
    ];

    it.each(['label', 'announce'] as const)('of %s ships when the batch is delivered again', async (step) => {
      const all = [message('1'), message('2')];
      served.dies(moment, step);
      await expect(deliver(all)).rejects.toThrow('the process died');
      served.endLeases();
      expect(await deliver(all, 2)).toEqual([]);
      expect(requests('1').filter((one) => one === 'label done')).toHaveLength(1);
      expect(requests('2').filter((one) => one === 'label done')).toHaveLength(1);
      expect((await served.executions()).sort()).toEqual(['message-1 SUCCEEDED', 'message-2 SUCCEEDED']);
    });

    it.each(['label', 'announce'] as const)('of %s ships though the message never comes again', async (step) => {
      served.dies(moment, step);
      await expect(deliver([message('1')])).rejects.toThrow('the process died');
      // It could still be alive: what comes again so early is done for the queue.
      expect(await deliver([message('1')], 2)).toEqual([]);
      served.endLeases();
      await served.settle();
      expect(requests('1')).toEqual(expected(step));
      expect(await served.executions()).toEqual(['message-1 SUCCEEDED']);
    });
  });
});
