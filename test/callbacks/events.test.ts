import { afterEach, describe, expect, it, jest } from '@jest/globals';
import middy from '@middy/core';
import {
  type CallbackClient,
  CallbackNotSentError,
  type CompletesCallbacksOptions,
  callbackClient,
  completesCallbacks,
  type EventCompletion,
} from '@middy-durable/callbacks';
import { defaultSerdes } from '@middy-durable/core';
import middy4 from 'middy-4';
import middy5 from 'middy-5';
import { inEveryPlace, type Place } from './support/places.ts';

jest.setTimeout(30_000);
afterEach(() => {
  jest.restoreAllMocks();
});

interface Order {
  callbackId?: string;
  arn?: string;
  result?: unknown;
  error?: unknown;
  heartbeat?: true;
}

/** Messages say themselves what they complete. */
const completion = ({ data }: { data: unknown }): EventCompletion | undefined => {
  const { callbackId, arn: durableExecutionArn, result, error, heartbeat } = data as Order;
  if (callbackId === undefined) return undefined;
  const to = { callbackId, durableExecutionArn };
  if (heartbeat) return { ...to, heartbeat };
  return error === undefined ? { ...to, result } : { ...to, error };
};

const sqs = (bodies: unknown[], fifo = false) => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index}`,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-west-1:123456789012:answers${fifo ? '.fifo' : ''}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })),
});
const stream = (changes: object[]) => ({
  Records: changes.map((change, index) => ({
    eventSource: 'aws:dynamodb',
    dynamodb: { SequenceNumber: `s${index}`, ...change },
  })),
});
const sns = (message: unknown) => ({
  Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(message) } }],
});
const bus = (detail: unknown) => ({ id: 'e', source: 'orders', 'detail-type': 'Order Paid', detail });

type Consume = (event: unknown) => Promise<unknown>;

function consumer(
  options: CompletesCallbacksOptions,
  handler: (event: unknown) => unknown = () => undefined,
  make: unknown = middy,
): Consume {
  const wrap = make as (handler: unknown) => {
    use(middleware: unknown): (event: unknown, context: unknown) => Promise<unknown>;
  };
  const handle = wrap(async (event: unknown) => handler(event)).use(completesCallbacks(options));
  return (event) => handle(event, {});
}

inEveryPlace((open) => {
  async function waiting(count = 1) {
    const place = await open();
    const ids: string[] = [];
    const arns: string[] = [];
    for (let number = 0; number < count; number++) {
      arns.push(
        await place.start(async (_event, context) =>
          context
            .waitForCallback(
              'paid',
              async (id) => {
                ids.push(id);
              },
              { serdes: defaultSerdes },
            )
            .catch((error: unknown) => ({ failed: (error as Error).name })),
        ),
      );
    }
    const orders = (results: unknown[]): Order[] =>
      results.map((result, index) => ({ callbackId: ids[index] ?? '', arn: arns[index] ?? '', result }));
    return { place, ids, arns, orders, client: callbackClient(place.client) };
  }
  const results = async (place: Place, arns: string[]): Promise<unknown[]> => {
    await place.settle();
    return Promise.all(arns.map(async (arn) => JSON.parse((await place.look(arn)).Result ?? 'null')));
  };

  it('messages of a queue complete callbacks, and come again without harm', async () => {
    const { place, arns, orders, client } = await waiting(3);
    const seen: unknown[] = [];
    const consume = consumer({ completion, client }, (event) => seen.push(event));
    const batch = sqs(orders([{ total: 1 }, null, 'text']));
    expect(await consume(batch)).toEqual({ batchItemFailures: [] });
    expect(await results(place, arns)).toEqual([{ total: 1 }, null, 'text']);
    expect(await consume(batch)).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([]);
    for (const arn of arns) {
      expect((await place.history(arn)).filter((type) => type === 'CallbackSucceeded')).toHaveLength(1);
    }
  });

  it.each<[string, (order: Order) => object]>([
    ['SNS', sns],
    ['EventBridge', bus],
    ['a DynamoDB stream', (order) => stream([order])],
  ])('an event of %s completes a callback', async (_source, eventOf) => {
    const { place, arns, orders, client } = await waiting();
    const [order = {}] = orders([{ total: 7 }]);
    await consumer({ completion, client })(eventOf(order));
    await place.settle();
    await consumer({ completion, client })(eventOf(order));
    expect(await results(place, arns)).toEqual([{ total: 7 }]);
  });

  it('one batch may complete, fail and keep alive', async () => {
    const { place, arns, ids, orders, client } = await waiting(3);
    const [first = {}] = orders([1]);
    const second = { callbackId: ids[1] ?? '', error: { ErrorType: 'Declined' } };
    const third: Order = { callbackId: ids[2] ?? '', heartbeat: true };
    await consumer({ completion, client })(sqs([first, second, third]));
    expect(await results(place, arns)).toEqual([1, { failed: 'CallbackExternalError' }, null]);
    expect((await place.look(arns[2] ?? '')).Status).toBe('RUNNING');
  });

  it('a record that is too late, or of no callback, is done, and somebody is told', async () => {
    const { place, orders, client, arns } = await waiting(1);
    const [order = {}] = orders([1]);
    await client.sendSuccess(order.callbackId ?? '', 'somebody else');
    await place.settle();
    const refused: string[] = [];
    const consume = consumer({ completion, client, onRefused: (error) => refused.push(error.name) });
    expect(await consume(sqs([order, { callbackId: 'AAAA', result: 1 }]))).toEqual({ batchItemFailures: [] });
    expect(refused).toEqual(['CallbackAlreadyCompletedError', 'UnknownCallbackError']);
    expect(await results(place, arns)).toEqual(['somebody else']);
  });
});

describe('a consumer', () => {
  /** A client that is away for these callbacks, and notes what is sent. */
  function clientThatFails(...away: string[]): CallbackClient & { sent: string[] } {
    const sent: string[] = [];
    const send = async (callbackId: string): Promise<void> => {
      if (away.includes(callbackId)) throw new CallbackNotSentError(callbackId, 'not sent: down');
      sent.push(callbackId);
    };
    return { sent, sendSuccess: send, sendFailure: send, sendHeartbeat: send };
  }
  const silence = () => jest.spyOn(console, 'error').mockImplementation(() => {});
  const named = (...names: string[]): Order[] => names.map((callbackId) => ({ callbackId }));
  const failures = (...names: string[]) => ({ batchItemFailures: names.map((itemIdentifier) => ({ itemIdentifier })) });

  it('reports what failed, and that alone', async () => {
    silence();
    const client = clientThatFails('BBBB');
    expect(await consumer({ completion, client })(sqs(named('AAAA', 'BBBB', 'CCCC')))).toEqual(failures('m1'));
    expect(client.sent).toEqual(['AAAA', 'CCCC']);
  });

  it('leaves what follows to the next delivery where an order is kept', async () => {
    silence();
    const queue = clientThatFails('BBBB');
    expect(await consumer({ completion, client: queue })(sqs(named('AAAA', 'BBBB', 'CCCC'), true))).toEqual(
      failures('m1', 'm2'),
    );
    expect(queue.sent).toEqual(['AAAA']);
    const table = clientThatFails('BBBB');
    expect(await consumer({ completion, client: table })(stream(named('AAAA', 'BBBB', 'CCCC')))).toEqual(
      failures('s1'),
    );
    expect(table.sent).toEqual(['AAAA']);
  });

  it.each([
    ['SNS', sns],
    ['EventBridge', bus],
  ])('rejects an event of %s that failed, so that it comes again', async (_source, eventOf) => {
    const client = clientThatFails('BBBB');
    await expect(consumer({ completion, client })(eventOf({ callbackId: 'BBBB' }))).rejects.toThrow('not sent: down');
  });

  it.each([
    ['4', middy4],
    ['5', middy5],
    ['7', middy],
  ])(
    'hands the rest to the handler of middy %s, and adds its own failures to the handler’s',
    async (_version, make) => {
      silence();
      const client = clientThatFails('BBBB');
      const seen: unknown[] = [];
      const handler = ({ Records }: { Records: { messageId: string }[] }) => {
        seen.push(Records.map(({ messageId }) => messageId));
        return failures('m3');
      };
      const consume = consumer({ completion, client }, handler as never, make);
      expect(await consume(sqs([...named('AAAA', 'BBBB'), { other: 1 }, { other: 2 }]))).toEqual(failures('m3', 'm1'));
      expect(seen).toEqual([['m2', 'm3']]);
    },
  );

  it('adds its failures to a handler that answers nothing, and keeps what else one answers', async () => {
    silence();
    const client = clientThatFails('BBBB');
    const batch = sqs([...named('BBBB'), { other: 1 }]);
    expect(await consumer({ completion, client })(batch)).toEqual(failures('m0'));
    const answer = { batchItemFailures: [{ itemIdentifier: 'm0' }, null], more: 1 };
    expect(await consumer({ completion, client }, () => answer)(batch)).toEqual(answer);
  });

  it('may be one of several, and none forgets the failures of another', async () => {
    silence();
    const of = (source: string): CompletesCallbacksOptions => ({
      client: clientThatFails('BBBB'),
      completion: (record) => ((record.data as { source: string }).source === source ? completion(record) : undefined),
    });
    const bodies = ['one', 'two'].flatMap((source) => named('AAAA', 'BBBB').map((order) => ({ ...order, source })));
    const handle = (handler: () => Promise<unknown>) =>
      middy(handler)
        .use(completesCallbacks(of('one')))
        .use(completesCallbacks(of('two')));
    const nothingLeft = handle(async () => failures('never'));
    expect(await nothingLeft(sqs(bodies) as never, {} as never)).toEqual(failures('m1', 'm3'));
    const oneLeft = handle(async () => failures('m4'));
    expect(await oneLeft(sqs([...bodies, { source: 'three' }]) as never, {} as never)).toEqual(
      failures('m4', 'm1', 'm3'),
    );
  });

  it('leaves alone what is not for it', async () => {
    const client = clientThatFails();
    const seen: unknown[] = [];
    const consume = consumer({ completion, client }, (event) => seen.push(event) && 'answer');
    const events = [
      sqs([{ other: 1 }, 'no JSON']),
      { Records: [{ eventSource: 'aws:s3' }] },
      { Records: [] },
      { Records: [null] },
      { body: '{}' },
      'text',
      null,
    ];
    for (const event of events) expect(await consume(event)).toBe('answer');
    expect(seen).toEqual(events);
    expect(client.sent).toEqual([]);
  });

  it.each([false, true])(
    'is not stopped by poison: what can never be done is done with, the rest goes on; FIFO: %p',
    async (fifo) => {
      silence();
      const sent: unknown[] = [];
      const succeed = async (callbackId: string): Promise<void> => void sent.push(callbackId);
      const client = callbackClient({ backend: { callbacks: { succeed, fail: succeed, heartbeat: succeed } } });
      const refused: string[] = [];
      const mapping = ({ data }: { data: unknown }) => data as EventCompletion;
      const onRefused = ({ name }: Error) => refused.push(name);
      const poison = [
        { callbackId: 7, result: 1 },
        { callbackId: { $ne: null }, result: 1 },
        { callbackId: '../../functions', result: 1 },
        { callbackId: 'x'.repeat(5000), result: 1 },
        { callbackId: 'AAAA', result: 'x'.repeat(1024 * 1024) },
        { callbackId: 'AAAA', error: { ErrorMessage: 'x'.repeat(1024 * 1024) } },
      ];
      const answer = await consumer({ completion: mapping, client, onRefused })(
        sqs([...poison, { callbackId: 'BBBB', result: 1 }], fifo),
      );
      expect(answer).toEqual(failures());
      expect(refused).toEqual([...Array(4).fill('UnknownCallbackError'), ...Array(2).fill('CallbackRefusedError')]);
      expect(sent).toEqual(['BBBB']);
    },
  );

  it('has a record come again whose error is none, and no other', async () => {
    silence();
    const client = clientThatFails();
    const strict = callbackClient({ backend: unknownBackend() });
    const mapping = ({ data }: { data: unknown }) => data as EventCompletion;
    const consume = consumer({ completion: mapping, client: { ...client, sendFailure: strict.sendFailure } });
    expect(await consume(sqs([{ callbackId: 'AAAA', error: { code: 7 } }, ...named('BBBB')]))).toEqual(failures('m0'));
    expect(client.sent).toEqual(['BBBB']);
  });

  it('leaves messages that are no JSON, or nothing, to the mapping as they are', async () => {
    const seen: unknown[] = [];
    const consume = consumer({ completion: ({ data }) => void seen.push(data), client: clientThatFails() });
    await consume(sqs(['{"a":', '', 'null', '7', '[1]']));
    await consume({
      Records: [
        { eventSource: 'aws:sqs', messageId: 'm' },
        { EventSource: 'aws:sns' },
        { eventSource: 'aws:dynamodb' },
      ],
    });
    expect(seen).toEqual(['{"a":', '', null, 7, [1], undefined, undefined, undefined]);
  });

  it('has a record come again whose mapping or notice failed', async () => {
    silence();
    const client = clientThatFails();
    const mapping = () => {
      throw new Error('no such order');
    };
    expect(await consumer({ completion: mapping, client })(sqs(named('AAAA')))).toEqual(failures('m0'));
    const strict = consumer({
      completion,
      client: callbackClient({ backend: unknownBackend() }),
      onRefused: (error) => {
        throw error;
      },
    });
    expect(await strict(sqs(named('AAAA')))).toEqual(failures('m0'));
  });

  it('warns by itself, and never with an id', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    const client = callbackClient({ backend: unknownBackend() });
    await consumer({ completion, client })(sqs(named('c2VjcmV0')));
    await consumer({ completion, client })(bus({ callbackId: 'c2VjcmV0' }));
    expect(warn.mock.calls.map(([line]) => line)).toEqual([
      expect.stringMatching(
        /^completesCallbacks: a record of sqs \(m0\) completed nothing: Callback [0-9a-f]{12}: it does not/,
      ),
      expect.stringContaining('a record of eventbridge (without an id)'),
    ]);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('c2VjcmV0');
  });

  it.each([
    [{}, 'option completion'],
    [{ completion: 'x' }, 'option completion'],
    [{ completion, onRefused: 7 }, 'option onRefused'],
    [{ completion, client: {} }, 'option client'],
  ])('is refused with bad options: %j', (options, message) => {
    expect(() => completesCallbacks(options as never)).toThrow(message);
  });
});

/** A backend that knows no callback. */
function unknownBackend() {
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
  };
  return { callbacks: { succeed: refuse, fail: refuse, heartbeat: refuse } };
}
