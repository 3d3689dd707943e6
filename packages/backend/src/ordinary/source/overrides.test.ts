import { describe, expect, it } from '@jest/globals';
import { MAX_EXECUTION_PAYLOAD_BYTES, type OrdinaryEventOptions } from '@middy-durable/protocol';
import { apiGatewayV1, apiGatewayV2, sqsEvent, sqsMessage } from '../../../test-support/source-events.ts';
import { type DescribedEvent, describeEvent } from './index.ts';

const EXECUTION = { durableExecutionArn: 'arn:e', executionName: 'n', status: 'RUNNING' } as const;
const HASH = /^[0-9a-f]{64}$/;

type OfEvent = (event: never) => unknown;
const described = (event: unknown, options: OrdinaryEventOptions): Promise<DescribedEvent> =>
  describeEvent(event, { awsRequestId: 'r-1' }, options);
/** As plain JavaScript may pass it. */
const named = (executionName: unknown, event: unknown = apiGatewayV1()): Promise<DescribedEvent> =>
  described(event, { executionName: executionName as string });

describe('option executionName', () => {
  it('names the execution, from the event and the context', async () => {
    const name = (event: { httpMethod: string }, { awsRequestId }: { awsRequestId: string }): string =>
      `${event.httpMethod}-${awsRequestId}`;
    expect((await named(name)).name).toBe('POST-r-1');
  });

  it.each([
    ['httpMethod', 'POST'],
    ['powertools_json(body).to_string(id)', '42'],
    ["join('-', [httpMethod, to_string(powertools_json(body).id)])", 'POST-42'],
  ])('is looked up by the JMESPath expression %s', async (expression, name) => {
    expect((await named(expression)).name).toBe(name);
  });

  it('is looked up in encoded data too', async () => {
    const event = { data: Buffer.from('order-7').toString('base64') };
    expect((await named('powertools_base64(data)', event)).name).toBe('order-7');
  });

  it('is hashed where it does not fit', async () => {
    expect((await named(() => 'order 42')).name).toMatch(HASH);
    expect((await named("join(' ', [httpMethod, path])")).name).toMatch(HASH);
  });

  it('that gives none leaves the name to the source', async () => {
    for (const none of [() => undefined, () => null, () => '', 'missing.member', "''", 'powertools_json(path)', '']) {
      expect((await named(none)).name).toBe('order-42');
      expect((await named(none, { path: 'plain' })).name).toBeUndefined();
    }
  });

  it.each<[string, unknown, string]>([
    ['a number', () => 42, 'not a number: return a string'],
    ['an object', () => ({}), 'not an object: return a string'],
    ['a list', () => [], 'not an array: return a string'],
    ['a promise', async () => 'name', 'not a promise: leave out async'],
    ['a promise that fails', () => Promise.reject(new Error('late')), 'not a promise: leave out async'],
    ['a number by JMESPath', 'powertools_json(body).id', 'not a number: wrap it in to_string(...)'],
  ])('must not give %s', async (_title, option, message) => {
    const failure = named(option);
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.toThrow('option executionName must');
    await expect(failure).rejects.toThrow(message);
  });

  it('says which option it was when it fails', async () => {
    const cause = new Error('no customer');
    const throwing = named(() => {
      throw cause;
    });
    await expect(throwing).rejects.toMatchObject({
      message: 'option executionName failed on the event: no customer',
      cause,
    });
    await expect(named('a[')).rejects.toThrow(
      /^the JMESPath expression "a\[" of option executionName failed on the event: ./,
    );
    await expect(named('powertools_json(body)', {})).rejects.toThrow('option executionName failed on the event: ');
  });
});

describe('option fingerprint', () => {
  it('says what was meant, in any order of members', async () => {
    const fingerprint: OfEvent = ({ body }: { body: string }) => JSON.parse(body);
    const of = async (body: string): Promise<string> =>
      (await described(apiGatewayV1({ body }), { fingerprint })).fingerprint;
    expect(await of('{"a":1,"b":2}')).toBe(await of('{ "b": 2, "a": 1 }'));
    expect(await of('{"a":1,"b":2}')).not.toBe(await of('{"a":1,"b":3}'));
  });

  it('takes every value of JSON', async () => {
    const of = async (value: unknown): Promise<string> =>
      (await described({}, { fingerprint: () => value })).fingerprint;
    const prints = await Promise.all([null, false, 0, '', '0', [], {}].map(of));
    expect(new Set(prints).size).toBe(prints.length);
    expect(prints[0]).toMatch(HASH);
  });
});

describe('option input', () => {
  it('says what is stored, and the fingerprint stays', async () => {
    const plain = await described(apiGatewayV2(), {});
    const input: OfEvent = ({ headers: _secret, ...event }: { headers: object }) => event;
    const stored = await described(apiGatewayV2(), { input });
    expect(JSON.parse(plain.input)).toHaveProperty('headers');
    expect(JSON.parse(stored.input)).not.toHaveProperty('headers');
    expect(JSON.parse(stored.input)).toHaveProperty('rawPath');
    expect([stored.name, stored.fingerprint]).toEqual([plain.name, plain.fingerprint]);
  });

  it('may be at most what an execution takes, in bytes', async () => {
    const of = (bytes: number): Promise<DescribedEvent> => described({}, { input: () => 'x'.repeat(bytes - 2) });
    expect((await of(MAX_EXECUTION_PAYLOAD_BYTES)).input).toHaveLength(MAX_EXECUTION_PAYLOAD_BYTES);
    const tooLarge = {
      name: 'InvalidParameterValueException',
      message: `Execution input payload size must be less than or equal to ${MAX_EXECUTION_PAYLOAD_BYTES} bytes.`,
    };
    await expect(of(MAX_EXECUTION_PAYLOAD_BYTES + 1)).rejects.toMatchObject(tooLarge);
    const large = { text: 'ä'.repeat(MAX_EXECUTION_PAYLOAD_BYTES / 2) };
    await expect(described(large, {})).rejects.toMatchObject(tooLarge);
    expect((await described(large, { input: () => null })).input).toBe('null');
  });
});

describe.each(['fingerprint', 'input'] as const)('option %s', (option) => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a Map', new Map()],
    ['a bigint', { id: 1n }],
    ['NaN', Number.NaN],
  ])('must not return %s', async (_title, value) => {
    const failure = described({}, { [option]: () => value });
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.toThrow(`what option ${option} returns must be a value of JSON`);
  });

  it('must not return a promise', async () => {
    const failure = described({}, { [option]: () => Promise.reject(new Error('late')) });
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.toThrow(`option ${option} must return its value, not a promise`);
  });

  it('is named when it throws', async () => {
    const failure = described(
      {},
      {
        [option]: () => {
          throw new RangeError('no');
        },
      },
    );
    await expect(failure).rejects.toThrow(`option ${option} failed on the event: no`);
  });
});

describe('the event', () => {
  it('cannot be changed by an option, neither for the caller nor for the next option', async () => {
    const event = sqsEvent(sqsMessage('a', '1'));
    const before = JSON.stringify(event);
    const plain = await described(event, {});
    const empty = (read: { Records: unknown[] }): undefined => {
      read.Records.length = 0;
    };
    const spoiled = await described(event, {
      executionName: empty,
      fingerprint: ((read: { Records: unknown[] }) => {
        const kept = structuredClone(read);
        empty(read);
        return kept;
      }) as OfEvent,
      input: ((read: { Records: unknown[] }) => {
        const kept = read.Records.length;
        empty(read);
        return kept;
      }) as OfEvent,
      pendingResponse: (_execution, read: { Records: unknown[] }) => read.Records.splice(0).length,
    });
    expect(JSON.stringify(event)).toBe(before);
    expect([spoiled.kind, spoiled.name, spoiled.input]).toEqual(['sqs', plain.name, '1']);
    expect([spoiled.pending(EXECUTION), spoiled.pending(EXECUTION)]).toEqual([1, 1]);
  });

  it('is described as it was, whatever the caller does with it afterwards', async () => {
    const event = sqsEvent(sqsMessage('a', '1'));
    const describing = described(event, { executionName: 'Records[0].messageId' });
    (event.Records as unknown[]).length = 0;
    expect(await describing).toMatchObject({ kind: 'sqs', name: 'a' });
  });

  it('must be JSON', async () => {
    await expect(described({ client: new Map() }, {})).rejects.toThrow(TypeError);
    await expect(described({ client: new Map() }, {})).rejects.toThrow('the event must be a value of JSON');
  });
});

describe('options onRedelivery and pendingResponse', () => {
  it('take the place of what the source says', async () => {
    const [request, message] = [apiGatewayV1(), sqsEvent(sqsMessage('a', '1'))];
    expect((await described(request, { onRedelivery: 'resume' })).onRedelivery).toBe('resume');
    expect((await described(message, { onRedelivery: 'stored' })).onRedelivery).toBe('stored');
    const { pending } = await described(request, {
      pendingResponse: ({ executionName }, event: { path: string }) => ({ executionName, path: event.path }),
    });
    expect(pending(EXECUTION)).toEqual({ executionName: 'n', path: '/orders' });
  });
});
