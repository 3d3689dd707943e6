import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createDefaultLogger } from './default-logger.ts';
import type { DurableLogData, DurableLogger } from './types.ts';

const data: DurableLogData = { requestId: 'r-1', executionArn: 'arn:example' };
let out: string[];
let err: string[];
const env = process.env;

beforeEach(() => {
  process.env = { ...env };
  delete process.env.AWS_LAMBDA_LOG_LEVEL;
  delete process.env.AWS_LAMBDA_LOG_FORMAT;
  out = [];
  err = [];
});
afterEach(() => {
  process.env = env;
  jest.restoreAllMocks();
});

function logger(fields: Partial<DurableLogData> = {}): DurableLogger {
  const sink = { stdout: (line: string) => out.push(line), stderr: (line: string) => err.push(line) };
  return createDefaultLogger({ getDurableLogData: () => ({ ...data, ...fields }) }, sink);
}

/** The one line that was written. */
function line(): Record<string, unknown> {
  expect([...out, ...err]).toHaveLength(1);
  return JSON.parse((out[0] ?? err[0]) as string) as Record<string, unknown>;
}

describe('a JSON line', () => {
  it('has its fields in order', () => {
    const fields = { tenantId: 't', operationId: 'c4ca', operationName: 'charge', attempt: 2, traceId: 'x-1' };
    logger(fields).warn('late', new RangeError('limit'));
    expect(Object.keys(line())).toEqual([
      'requestId',
      'timestamp',
      'level',
      'executionArn',
      'tenantId',
      'operationId',
      'operationName',
      'attempt',
      'traceId',
      'message',
      'errorType',
      'errorMessage',
      'stackTrace',
    ]);
    expect(line()).toMatchObject({ requestId: 'r-1', level: 'WARN', executionArn: 'arn:example', ...fields });
    expect(line().timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('leaves out what is not known, and lets no added field take a fixed place', () => {
    logger({ tenantId: undefined, level: 'NONE', timestamp: 'never', message: 'old' }).info('new');
    expect(Object.keys(line()).sort()).toEqual(['executionArn', 'level', 'message', 'requestId', 'timestamp']);
    expect(line()).toMatchObject({ level: 'INFO', message: 'new' });
    expect(line().timestamp).not.toBe('never');
  });

  it.each([
    [[], ''],
    [[undefined], ''],
    [[undefined, 'x'], 'x'],
    [['plain'], 'plain'],
    [['x', undefined], 'x undefined'],
    [[null], null],
    [[{ a: [1] }], { a: [1] }],
    [['%s is %d', 'x', 4], 'x is 4'],
    [['found', { a: { b: 1 } }, 2], 'found { a: { b: 1 } } 2'],
    [[{ id: 5n }], { id: '5' }],
  ])('turns the arguments %p into the message %p', (params, message) => {
    logger().info(...params);
    expect(line().message).toEqual(message);
  });

  it('shows one error as the message, with its own members and its cause', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('inner') }), { code: 'E_BAD' });
    logger().error(error);
    expect(line().message).toEqual({
      errorType: 'TypeError',
      errorMessage: 'bad',
      stackTrace: expect.arrayContaining(['TypeError: bad']),
      cause: { errorType: 'Error', errorMessage: 'inner', stackTrace: expect.any(Array) },
      code: 'E_BAD',
    });
    expect(line()).not.toHaveProperty('errorType');
  });

  it('shows errors inside objects', () => {
    logger().info({ failed: new Error('inside') });
    expect(line().message).toMatchObject({ failed: { errorType: 'Error', errorMessage: 'inside' } });
  });

  it('lifts the first of several errors to the top', () => {
    class Declined extends Error {}
    logger().error('charge failed', new Declined('limit'), new Error('second'));
    expect(line()).toMatchObject({ errorType: 'Declined', errorMessage: 'limit', stackTrace: expect.any(Array) });
    expect(line().message).toMatch(/^charge failed .*limit/);
  });

  it('survives an error without a stack or a constructor', () => {
    const bare = new Error('m');
    Object.defineProperties(bare, { stack: { value: undefined }, constructor: { value: undefined } });
    logger().info('x', bare);
    expect(line()).toMatchObject({ errorType: 'Error', errorMessage: 'm', stackTrace: [] });
  });

  it('shows what JSON cannot as text, and keeps the rest', () => {
    const ring: Record<string, unknown> = { k: 1 };
    ring.ring = ring;
    logger({ operationId: 'c4ca', traced: ring, ok: { a: 1 } }).info(ring);
    expect(line()).toMatchObject({
      operationId: 'c4ca',
      ok: { a: 1 },
      traced: '<ref *1> { k: 1, ring: [Circular *1] }',
      message: '<ref *1> { k: 1, ring: [Circular *1] }',
    });
  });
});

describe('levels', () => {
  it('debug and info go to stdout, warn and error to stderr', () => {
    const each = logger();
    each.debug('d');
    each.info('i');
    each.warn('w');
    each.error('e');
    each.log?.('ERROR', 'by', 'name');
    expect(out.map((text) => JSON.parse(text).level)).toEqual(['DEBUG', 'INFO']);
    expect(err.map((text) => [JSON.parse(text).level, JSON.parse(text).message])).toEqual([
      ['WARN', 'w'],
      ['ERROR', 'e'],
      ['ERROR', 'by name'],
    ]);
  });

  it.each([
    [undefined, 4],
    ['', 4],
    ['TRACE', 4],
    ['debug', 4],
    ['INFO', 3],
    ['Warn', 2],
    ['ERROR', 1],
    ['FATAL', 0],
    ['VERBOSE', 3],
    ['constructor', 3],
  ])('AWS_LAMBDA_LOG_LEVEL=%s lets %d levels through', (level, count) => {
    if (level !== undefined) process.env.AWS_LAMBDA_LOG_LEVEL = level;
    const each = logger();
    each.debug('d');
    each.info('i');
    each.warn('w');
    each.error('e');
    expect([...out, ...err]).toHaveLength(count);
  });

  it('counts a level that log() does not know as INFO', () => {
    process.env.AWS_LAMBDA_LOG_LEVEL = 'INFO';
    logger().log?.('NOTICE' as never, 'x');
    expect(out).toHaveLength(1);
  });

  it('asks for no fields and writes nothing for a line that is left out', () => {
    process.env.AWS_LAMBDA_LOG_LEVEL = 'ERROR';
    const getDurableLogData = jest.fn(() => data);
    createDefaultLogger({ getDurableLogData }).info('x');
    expect(getDurableLogData).not.toHaveBeenCalled();
  });
});

describe('a text line', () => {
  beforeEach(() => {
    process.env.AWS_LAMBDA_LOG_FORMAT = 'Text';
  });

  it('is laid out as Lambda lays it out, the fields behind the message', () => {
    logger({ operationName: 'charge', attempt: 1 }).info('charged %d', 12, { id: 'x' });
    const [timestamp, requestId, level, message, fields] = (out[0] as string).split('\t');
    expect(timestamp).toMatch(/Z$/);
    expect([requestId, level, message]).toEqual(['r-1', 'INFO', "charged 12 { id: 'x' }"]);
    expect(JSON.parse(fields as string)).toEqual({ executionArn: 'arn:example', operationName: 'charge', attempt: 1 });
  });

  it('stays one event with a stack in it', () => {
    logger().error(new Error('two\nlines'));
    expect(err[0]).not.toContain('\n');
    expect(err[0]).toContain('Error: two\rlines\r    at ');
  });
});

describe('without a sink', () => {
  it('writes to the streams of the process, a line each', () => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const each = createDefaultLogger({ getDurableLogData: () => data });
    each.info('to stdout');
    each.warn('to stderr');
    expect(stdout.mock.calls).toEqual([[expect.stringMatching(/"message":"to stdout"\}\n$/)]]);
    expect(stderr.mock.calls).toEqual([[expect.stringMatching(/"message":"to stderr"\}\n$/)]]);
  });
});
