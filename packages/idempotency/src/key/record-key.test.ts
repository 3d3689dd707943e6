import { PowertoolsFunctions } from '@aws-lambda-powertools/jmespath/functions';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { IdempotencyConfig, type IdempotencyConfigOptions } from '../config/idempotency-config.ts';
import { recordKey } from './record-key.ts';

const keyOf = (payload: unknown, options: IdempotencyConfigOptions = {}, scope: object = {}) =>
  recordKey(new IdempotencyConfig(options), scope, payload)?.key;

let warn: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'orders';
});
afterEach(() => {
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  jest.restoreAllMocks();
});

describe('the prefix of a key', () => {
  it.each<[string, IdempotencyConfigOptions, object, RegExp]>([
    ['is the Lambda function', {}, {}, /^orders#/],
    ['and the function', {}, { functionName: 'charge' }, /^orders\.charge#/],
    ['or what is said', {}, { keyPrefix: 'shared', functionName: 'charge' }, /^shared#/],
    [
      'as in Python',
      { keyFormat: 'powertools-python' },
      { functionName: 'app.handler' },
      /^orders\.app\.handler#[0-9a-f]{32}$/,
    ],
  ])('%s', (_what, options, scope, pattern) => {
    expect(keyOf({ id: 1 }, options, scope)).toMatch(pattern);
  });

  it('is empty, or test-func, where there is no Lambda function', () => {
    delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    expect(keyOf(1)).toMatch(/^#/);
    expect(keyOf(1, { keyFormat: 'powertools-python' })).toMatch(/^test-func\.#/);
  });
});

describe('a key', () => {
  it('does not depend on the order of members, of whatever case', () => {
    expect(keyOf({ a: 1, b: { C: 2, d: 3 } })).toBe(keyOf({ b: { d: 3, C: 2 }, a: 1 }));
    expect(keyOf({ id: 1, Id: 2 })).toBe(keyOf({ Id: 2, id: 1 }));
    expect(keyOf({ id: 1, Id: 2 })).not.toBe(keyOf({ id: 2, Id: 1 }));
    expect(keyOf([1, 2])).not.toBe(keyOf([2, 1]));
  });

  it('is made by JMESPath, with functions of Powertools and with others', () => {
    class Custom extends PowertoolsFunctions {
      // Without the decorator of signatures it gets its arguments as they are.
      funcShout([value]: [string]): string {
        return value.toUpperCase();
      }
    }
    const event = { body: '{"order":"a"}', order: 'a' };
    expect(keyOf(event, { eventKeyJmesPath: 'powertools_json(body).order' })).toBe(
      keyOf(event, { eventKeyJmesPath: 'order' }),
    );
    const jmesPathOptions = new Custom();
    expect(keyOf(event, { eventKeyJmesPath: 'shout(order)', jmesPathOptions })).toBe(keyOf('A'));
  });

  it('has the hash that is asked for', () => {
    expect(keyOf(1, { hashFunction: 'sha256' })).toMatch(/^orders#.{44}$/);
    expect(keyOf(1)).toMatch(/^orders#.{24}$/);
  });

  it.each([0, false, -1, 'x', [0], { a: false }])('may be a value that is falsy: %p', (payload) => {
    expect(keyOf(payload)).toBeDefined();
  });

  it.each([null, '', [], {}, [null, null], { a: null }])('is missing in %p', (payload) => {
    expect(keyOf(payload)).toBeUndefined();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('No value found for idempotency_key'));
    expect(() => keyOf(payload, { throwOnNoIdempotencyKey: true })).toThrow('There is nothing to make a key of');
  });

  it('is missing where JMESPath finds nothing, one of several as well as all', () => {
    expect(keyOf({ a: 1 }, { eventKeyJmesPath: 'b' })).toBeUndefined();
    expect(keyOf({ a: 1 }, { eventKeyJmesPath: '[b, c]' })).toBeUndefined();
    expect(keyOf({ a: 1 }, { eventKeyJmesPath: '[a, c]' })).toBeDefined();
  });

  it.each([
    [undefined, 'it is undefined'],
    [() => 1, 'no JSON'],
    [{ a: new Map() }, 'it holds Map'],
    [{ a: [new Set()] }, 'it holds Set'],
    [{ a: 1n }, 'it holds 1'],
    [{ a: Number.NaN }, 'it holds NaN'],
    [new Error('x'), 'it holds Error'],
  ])('can not be made of %p', (payload, message) => {
    expect(() => keyOf(payload)).toThrow(expect.objectContaining({ name: 'IdempotencyKeyError' }));
    expect(() => keyOf(payload)).toThrow(message);
  });

  it('can be made of a Date, which is its text', () => {
    expect(keyOf({ at: new Date(0) })).toBe(keyOf({ at: '1970-01-01T00:00:00.000Z' }));
  });

  it('says when a JMESPath does not fit the payload', () => {
    expect(() => keyOf({ body: 'text' }, { eventKeyJmesPath: 'length(items)' })).toThrow(
      "JMESPath length(items) can't be applied to this payload",
    );
  });

  it('may be given, with a prefix of its own and without the function', () => {
    const config = new IdempotencyConfig({ payloadValidationJmesPath: 'amount' });
    expect(recordKey(config, {}, { amount: 1 }, 'order-7')).toEqual({
      key: 'order-7',
      payloadHash: expect.any(String),
    });
    expect(recordKey(config, { keyPrefix: 'eu' }, { amount: 1 }, 'order-7')?.key).toBe('eu#order-7');
    expect(() => recordKey(config, {}, 1, '')).toThrow('Option key must be');
    expect(() => recordKey(config, {}, 1, 7)).toThrow('Option key must be');
  });
});

describe('the hash of a payload', () => {
  const hashOf = (payload: unknown, options: IdempotencyConfigOptions) =>
    recordKey(new IdempotencyConfig(options), {}, payload)?.payloadHash;

  it('is of what JMESPath finds', () => {
    const options = { eventKeyJmesPath: 'id', payloadValidationJmesPath: '[amount, currency]' };
    expect(hashOf({ id: 1, amount: 2, other: 1 }, options)).toBe(hashOf({ id: 1, amount: 2, other: 2 }, options));
    expect(hashOf({ id: 1, amount: 2 }, options)).not.toBe(hashOf({ id: 1, amount: 3 }, options));
    expect(hashOf({ id: 1 }, { payloadValidationJmesPath: 'amount' })).toEqual(expect.any(String));
  });

  it.each([undefined, ''])('is none for the path %p', (payloadValidationJmesPath) => {
    expect(hashOf({ id: 1 }, { payloadValidationJmesPath })).toBeUndefined();
  });
});
