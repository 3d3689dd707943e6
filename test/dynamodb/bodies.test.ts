import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { type CodecInfo, type PayloadCodec, StoreBusy, s3Objects } from '@middy-durable/dynamodb';
import type { RunEvent } from '@middy-durable/protocol';
import { item, newRun, onEveryEngine, RUNNING, readAll } from './stores.ts';

const stepOf = (id: string, result: string): RunEvent[] => [
  { type: 'StepStarted', at: 2000, id, name: 'load', subType: 'Step' },
  { type: 'StepSucceeded', at: 2001, id, result },
];
/** A difference in texts this long would take longer to print than the test may last. */
function expectSame(actual: unknown, expected: unknown): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  expect(isDeepStrictEqual(plain(actual), plain(expected))).toBe(true);
}

/** Text that does not compress. */
const noise = (bytes: number): string => randomBytes(Math.ceil((bytes * 3) / 4)).toString('base64');
const partPut = (request: string, input: Record<string, unknown>): boolean =>
  request === 'PutItem' && JSON.stringify((input.Item as { pk: unknown }).pk).includes('p#');

/** AES-256-GCM over the bytes, bound to the run and the item. */
function sealing(key: Buffer): PayloadCodec {
  const aad = ({ runId, item }: CodecInfo): Buffer => Buffer.from(JSON.stringify([runId, item]));
  return {
    encode(bytes, info) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad(info));
      return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    decode(bytes, info) {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(aad(info));
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    },
  };
}

/** Puts and gets of S3's REST interface, in memory. */
async function fakeS3(): Promise<{
  client: S3Client;
  objects: Map<string, Buffer>;
  fail(status: number): void;
  close(): Promise<void>;
}> {
  const objects = new Map<string, Buffer>();
  let status = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = new URL(request.url ?? '/', 'http://s3').pathname;
    const object = objects.get(path);
    if (status > 0) {
      response.writeHead(status).end(`<Error><Code>${status === 403 ? 'AccessDenied' : 'SlowDown'}</Code></Error>`);
    } else if (request.method === 'PUT') {
      objects.set(path, Buffer.concat(chunks));
      response.end();
    } else if (object === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.end(object);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    client,
    objects,
    fail(code) {
      status = code;
    },
    async close() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

onEveryEngine((make) => {
  describe('a body', () => {
    it.each([100, 2000, 60_000, 70_000, 700_000, 1_500_000])('of %d bytes comes back whole', async (bytes) => {
      const { store, other } = await make();
      await store.create(newRun('a'));
      for (const [index, result] of [noise(bytes), 'größe 👍 '.repeat(bytes / 12)].entries()) {
        await store.append('a', item(2 + index * 2, { events: stepOf('s', result) }), RUNNING);
        await store.append('a', item(3 + index * 2, { opens: [`cb-${index}`] }), RUNNING);
        await store.settle('a', `cb-${index}`, { status: 'SUCCEEDED', result }, 3000);
        const log = await readAll(other, 'a');
        expectSame(log[1 + index * 2]?.events, stepOf('s', result));
        const outside = await other.outside('a');
        expectSame(outside.find(({ operationId }) => operationId === `cb-${index}`)?.outcome, {
          status: 'SUCCEEDED',
          result,
        });
      }
    });

    it('of a run’s start may be as large as an input may', async () => {
      const { store, other } = await make();
      const run = newRun('a');
      run.firstItem.events = [
        { type: 'ExecutionStarted', at: 1000, id: 'a', name: 'a', input: noise(6_000_000), executionTimeout: 60 },
      ];
      await store.create(run);
      expectSame(await readAll(other, 'a'), [run.firstItem]);
    });

    it('is all or nothing: cut at every one of its writes, it was never there', async () => {
      const events = Array.from({ length: 7 }, (_, index) => stepOf(`s${index}`, noise(100_000))).flat();
      const { store, other, strike } = await make({}, { maxAttempts: 1 });
      await store.create(newRun('a'));
      for (let nth = 0; nth < 3; nth++) {
        let seen = 0;
        strike('TimeoutError', (request, input) => {
          if (partPut(request, input)) seen += 1;
          return nth < 2
            ? partPut(request, input) && seen === nth + 1
            : request === 'PutItem' && !partPut(request, input);
        });
        const append = store.append('a', item(2, { writeId: `try-${nth}`, events }), RUNNING);
        await expect(append).rejects.toBeInstanceOf(StoreBusy);
        expect(await readAll(other, 'a')).toHaveLength(1);
      }
      await store.append('a', item(2, { events }), RUNNING);
      expectSame((await readAll(other, 'a'))[1]?.events, events);
    });

    it('costs less when it compresses, and is left alone when that saves nothing', async () => {
      const { store, sent } = await make();
      await store.create(newRun('a'));
      const unitsOf = async (sequence: number, result: string): Promise<number | undefined> => {
        sent.length = 0;
        await store.append('a', item(sequence, { events: stepOf('s', result) }), RUNNING);
        return sent[0]?.capacity?.CapacityUnits;
      };
      expect(await unitsOf(2, JSON.stringify(Array(1000).fill({ name: 'x' })))).toBe(1);
      expect(await unitsOf(3, noise(700))).toBe(1);
      expect(await unitsOf(4, randomBytes(2600).toString('hex'))).toBe(3);
    });
  });

  describe('a codec', () => {
    it('seals what is stored, and binds it to run and item', async () => {
      const key = randomBytes(32);
      const { store, other, sent, client } = await make({ codec: sealing(key) });
      await store.create(newRun('a'));
      for (const sequence of [2, 3]) {
        await store.append('a', item(sequence, { events: stepOf('s', '"secret"'), opens: ['cb'] }), RUNNING);
      }
      await store.settle('a', 'cb', { status: 'SUCCEEDED', result: '"secret"' }, 3000);
      expect(
        JSON.stringify(sent, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value)),
      ).not.toContain('secret');
      expect((await readAll(other, 'a'))[1]?.events).toEqual(stepOf('s', '"secret"'));
      expect(await other.outside('a')).toMatchObject([{ outcome: { result: '"secret"' } }]);

      // Somebody with write access moves an item's bytes to another one.
      const { GetItemCommand, PutItemCommand } = await import('@aws-sdk/client-dynamodb');
      const TableName = store.tableName;
      const keyOf = (sk: string) => ({ pk: { S: 'r#a' }, sk: { S: sk } });
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: keyOf('00000002') }));
      await client.send(new PutItemCommand({ TableName, Item: { ...Item, ...keyOf('00000003') } }));
      await expect(readAll(other, 'a')).rejects.toThrow(/authenticate/);
    });

    it('that is missing is asked for', async () => {
      const { store, client } = await make({ codec: sealing(randomBytes(32)) });
      await store.create(newRun('a'));
      const { dynamoDBStore } = await import('@middy-durable/dynamodb');
      const without = dynamoDBStore({ tableName: store.tableName, client });
      await expect(readAll(without, 'a')).rejects.toThrow(/stored through a codec\. Give the store the option codec/);
    });
  });

  describe('a bucket', () => {
    it('takes what is cheaper there, and nothing else', async () => {
      const s3 = await fakeS3();
      const bucket = s3Objects({ bucket: 'payloads', client: s3.client });
      const { store, other, client } = await make({ bucket });
      await store.create(newRun('a'));
      const results = [noise(7000), noise(14_000), noise(900_000)];
      for (const [index, result] of results.entries()) {
        await store.append('a', item(2 + index, { events: stepOf('s', result) }), RUNNING);
      }
      const log = await readAll(other, 'a');
      expectSame(
        log.slice(1).map(({ events }) => events),
        results.map((result) => stepOf('s', result)),
      );
      expect([...s3.objects.keys()]).toEqual([
        '/payloads/durable-executions/a/write-3',
        '/payloads/durable-executions/a/write-4',
      ]);
      const { dynamoDBStore } = await import('@middy-durable/dynamodb');
      const without = dynamoDBStore({ tableName: store.tableName, client });
      await expect(readAll(without, 'a')).rejects.toThrow(/lies in a bucket\. Give the store the option bucket/);
      await s3.close();
    });

    it('that refuses is named; one that is busy is back-pressure; nothing was written', async () => {
      const s3 = await fakeS3();
      const { store } = await make({ bucket: s3Objects({ bucket: 'payloads', client: s3.client }) });
      await store.create(newRun('a'));
      const append = () => store.append('a', item(2, { events: stepOf('s', noise(14_000)) }), RUNNING);
      s3.fail(403);
      await expect(append()).rejects.toThrow(/PutObject of a stored body failed.*s3:PutObject/);
      s3.fail(503);
      await expect(append()).rejects.toBeInstanceOf(StoreBusy);
      expect(await readAll(store, 'a')).toHaveLength(1);
      s3.fail(0);
      await append();
      s3.objects.clear();
      await expect(readAll(store, 'a')).rejects.toThrow(/GetObject of a stored body failed.*lifecycle/);
      await s3.close();
    });
  });

  describe('a log', () => {
    it('of 10,000 operations is read page by page', async () => {
      const { store, other, sent } = await make();
      await store.create(newRun('a'));
      const result = JSON.stringify({ text: 'x'.repeat(200) });
      const perItem = 20;
      for (let sequence = 2; sequence < 2 + 10_000 / perItem; sequence++) {
        const events = Array.from({ length: perItem }, (_, index) =>
          stepOf(`${sequence}-${index}`, result + noise(300)),
        );
        await store.append('a', item(sequence, { events: events.flat() }), RUNNING);
      }
      sent.length = 0;
      const log = await readAll(store, 'a');
      expect(log.flatMap(({ events }) => events)).toHaveLength(20_001);
      expect(sent.length).toBeGreaterThan(1);
      expect((await readAll(other, 'a')).length).toBe(log.length);
    });

    it('with a gap, or text that nobody wrote, is called damaged', async () => {
      const { store, client } = await make();
      const { DeleteItemCommand, UpdateItemCommand } = await import('@aws-sdk/client-dynamodb');
      await store.create(newRun('a'));
      for (const sequence of [2, 3]) await store.append('a', item(sequence), RUNNING);
      const Key = (sk: string) => ({ pk: { S: 'r#a' }, sk: { S: sk } });
      const TableName = store.tableName;
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: Key('00000003'),
          UpdateExpression: 'SET e = :e',
          ExpressionAttributeValues: { ':e': { B: Buffer.from('oops') } },
        }),
      );
      await expect(readAll(store, 'a')).rejects.toThrow(/Item 3 of run a is not readable: it is damaged/);
      await client.send(new DeleteItemCommand({ TableName, Key: Key('00000002') }));
      await expect(readAll(store, 'a')).rejects.toThrow(/Item 2 of run a is missing/);
    });
  });
});
