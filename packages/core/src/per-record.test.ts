import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type PerRecordOptions, perRecord } from './per-record.ts';

interface Message {
  messageId: string;
  eventSource: string;
  eventSourceARN: string;
  body: string;
  attributes: { MessageGroupId?: string };
}
interface Batch {
  Records: Message[];
}

const CONTEXT = { awsRequestId: 'request-1' };

function message(messageId: string, group?: string, queue = 'orders'): Message {
  const eventSourceARN = `arn:aws:sqs:us-east-1:000000000000:${queue}`;
  const attributes = group === undefined ? {} : { MessageGroupId: group };
  return { messageId, eventSource: 'aws:sqs', eventSourceARN, body: messageId, attributes };
}
const fifo = (id: string, group: string, queue = 'orders'): Message => message(id, group, `${queue}.fifo`);
const failures = (...ids: string[]): object => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

/** A handler whose invocations end when the test says so. */
class Handler {
  readonly events: Batch[] = [];
  mostAtOnce = 0;
  readonly #open = new Map<string, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  readonly handle = (event: Batch, context: unknown): Promise<unknown> => {
    expect(context).toBe(CONTEXT);
    this.events.push(event);
    return new Promise((resolve, reject) => {
      this.#open.set(event.Records[0]?.messageId ?? '', { resolve, reject });
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#open.size);
    });
  };
  get begun(): (string | undefined)[] {
    return this.events.map(({ Records }) => Records[0]?.messageId);
  }
  async end(id: string, how: { answer: unknown } | { error: unknown } = { answer: undefined }): Promise<void> {
    const open = this.#open.get(id);
    if (!open) throw new Error(`${id} is not being handled`);
    this.#open.delete(id);
    if ('error' in how) open.reject(how.error);
    else open.resolve(how.answer);
    await new Promise((resolve) => setImmediate(resolve));
  }
  get open(): string[] {
    return [...this.#open.keys()];
  }
}

let lines: unknown[][];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, 'error').mockImplementation((...line) => {
    lines.push(line);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

function handling(Records: Message[], options?: PerRecordOptions): { handler: Handler; answer: Promise<unknown> } {
  const handler = new Handler();
  return { handler, answer: perRecord(handler.handle, options)({ Records }, CONTEXT) };
}

describe('perRecord', () => {
  it('gives each message an event of its own, and reports none when all succeed', async () => {
    const records = [message('a'), message('b')];
    const { handler, answer } = handling(records);
    expect(handler.events).toEqual(records.map((record) => ({ Records: [record] })));
    await handler.end('b');
    await handler.end('a', { answer: { status: 'RUNNING', batchItemFailures: [] } });
    expect(await answer).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([]);
  });

  it('reports messages whose invocation rejected or reported them, in the order they came', async () => {
    const { handler, answer } = handling(['a', 'b', 'c', 'd'].map((id) => message(id)));
    const error = new Error('no stock');
    await handler.end('d', { error });
    await handler.end('c');
    await handler.end('a', { answer: failures('a') });
    await handler.end('b', { answer: failures('') });
    expect(await answer).toEqual(failures('a', 'b', 'd'));
    const left = (id: string): string => `perRecord: message ${id} failed and is left to the queue`;
    expect(lines).toEqual([
      [left('d'), error],
      [`${left('a')}: the handler reported it in batchItemFailures`],
      [`${left('b')}: the handler reported it in batchItemFailures`],
    ]);
  });

  it('reports all when all fail, and does not throw', async () => {
    const failing = perRecord((_event: Batch): Promise<unknown> => {
      throw new Error('before the first await');
    });
    expect(await failing({ Records: [message('a'), message('b')] }, {})).toEqual(failures('a', 'b'));
  });

  it.each([
    [undefined, 10],
    [1, 1],
    [3, 3],
    [100, 25],
  ])('works with concurrency %p on at most %i at once', async (concurrency, most) => {
    const ids = Array.from({ length: 25 }, (_, index) => `m${index}`);
    const { handler, answer } = handling(
      ids.map((id) => message(id)),
      { concurrency },
    );
    while (handler.open.length > 0) {
      expect(handler.open.length).toBeLessThanOrEqual(most);
      const [id = ''] = handler.open;
      await handler.end(id, id === 'm7' ? { error: new Error('x') } : undefined);
    }
    expect(await answer).toEqual(failures('m7'));
    expect(handler.mostAtOnce).toBe(most);
    expect(handler.begun).toEqual(ids);
  });

  it('works once on a message that comes twice', async () => {
    const { handler, answer } = handling([message('a'), message('b'), message('a')]);
    expect(handler.begun).toEqual(['a', 'b']);
    await handler.end('a', { error: new Error('x') });
    await handler.end('b');
    expect(await answer).toEqual(failures('a'));
  });
});

describe('a FIFO queue', () => {
  it('has its groups side by side, and the messages of one in order', async () => {
    const { handler, answer } = handling([fifo('a1', 'a'), fifo('b1', 'b'), fifo('a2', 'a'), fifo('b2', 'b')]);
    expect(handler.begun).toEqual(['a1', 'b1']);
    await handler.end('b1');
    expect(handler.begun).toEqual(['a1', 'b1', 'b2']);
    await handler.end('a1');
    await handler.end('b2');
    await handler.end('a2');
    expect(await answer).toEqual({ batchItemFailures: [] });
  });

  it('has the rest of a group reported untried after a failure, by error or by answer', async () => {
    const records = [fifo('a1', 'a'), fifo('b1', 'b'), fifo('a2', 'a'), fifo('a3', 'a'), fifo('b2', 'b')];
    for (const how of [{ error: new Error('x') }, { answer: failures('a2') }]) {
      const { handler, answer } = handling(records, { concurrency: 2 });
      await handler.end('a1');
      await handler.end('a2', how);
      await handler.end('b1');
      await handler.end('b2');
      expect(await answer).toEqual(failures('a2', 'a3'));
      expect(handler.begun).not.toContain('a3');
    }
  });

  it('counts a group as one towards concurrency', async () => {
    const { handler, answer } = handling([fifo('a1', 'a'), fifo('a2', 'a'), fifo('b1', 'b')], { concurrency: 1 });
    for (const id of ['a1', 'a2', 'b1']) {
      expect(handler.open).toEqual([id]);
      await handler.end(id);
    }
    expect(await answer).toEqual({ batchItemFailures: [] });
  });

  it('has groups of its own: neither those of another queue nor those of a standard queue', async () => {
    const { handler, answer } = handling([
      fifo('a1', 'g'),
      fifo('a2', 'g', 'bills'),
      message('s1', 'g'),
      message('s2', 'g'),
    ]);
    expect(handler.begun).toEqual(['a1', 'a2', 's1', 's2']);
    await Promise.all(handler.open.map((id) => handler.end(id)));
    expect(await answer).toEqual({ batchItemFailures: [] });
  });
});

describe('what is no batch', () => {
  it.each<[string, unknown]>([
    ['an envelope', { DurableExecutionArn: 'arn', CheckpointToken: 'token', Records: [message('a')] }],
    ['an HTTP request', { httpMethod: 'GET' }],
    ['a notification', { Records: [{ EventSource: 'aws:sns' }] }],
    ['records of two sources', { Records: [message('a'), { eventSource: 'aws:s3' }] }],
    ['a message without an id', { Records: [{ eventSource: 'aws:sqs' }] }],
    ['an empty list', { Records: [] }],
    ['records that are none', { Records: [null] }],
    ['nothing', undefined],
    ['null', null],
  ])('goes to the handler as it is: %s', async (_title, event) => {
    const seen: unknown[] = [];
    const handler = perRecord(async (...given: [unknown, unknown]) => {
      seen.push(...given);
      return failures('theirs');
    });
    expect(await handler(event, CONTEXT)).toEqual(failures('theirs'));
    expect(seen[0]).toBe(event);
    expect(seen[1]).toBe(CONTEXT);
  });

  it('rejects as the handler does', async () => {
    const error = new Error('x');
    await expect(perRecord(() => Promise.reject(error))({}, {})).rejects.toBe(error);
    expect(lines).toEqual([]);
  });
});

describe('what can not be right', () => {
  it('is refused at once', () => {
    const handler = async (): Promise<unknown> => undefined;
    expect(() => perRecord('handler' as never)).toThrow(
      new TypeError('perRecord: the handler must be a function; got "handler"'),
    );
    expect(() => perRecord(handler, 5 as never)).toThrow(TypeError);
    expect(() => perRecord(handler, { concurrency: '5' as never })).toThrow(TypeError);
    for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => perRecord(handler, { concurrency })).toThrow(RangeError);
    }
    expect(() => perRecord(handler, { concurrency: 0 })).toThrow(
      'option concurrency must be a whole number, 1 or more; got 0',
    );
  });
});
