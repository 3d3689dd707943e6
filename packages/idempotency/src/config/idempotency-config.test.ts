import { IdempotencyConfig as PowertoolsConfig } from '@aws-lambda-powertools/idempotency';
import { afterEach, describe, expect, it } from '@jest/globals';
import { configOf, IdempotencyConfig } from './idempotency-config.ts';

afterEach(() => {
  delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
});

describe('IdempotencyConfig', () => {
  it('has the defaults of Powertools', () => {
    const ours = new IdempotencyConfig();
    const theirs = new PowertoolsConfig({});
    for (const option of [
      ...(['eventKeyJmesPath', 'payloadValidationJmesPath', 'throwOnNoIdempotencyKey', 'expiresAfterSeconds'] as const),
      ...(['useLocalCache', 'maxLocalCacheSize', 'hashFunction', 'lambdaContext', 'responseHook'] as const),
    ]) {
      expect([option, ours[option]]).toEqual([option, theirs[option]]);
    }
  });

  it.each([
    ['true', false],
    ['1', false],
    ['YES', false],
    ['on', false],
    ['y', false],
    ['false', true],
    ['0', true],
    ['', true],
  ])('is switched off by the environment: %p', (value, enabled) => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = value;
    const config = new IdempotencyConfig();
    delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
    expect(config.isEnabled()).toBe(enabled);
  });

  it.each<[string, object, string]>([
    ['a path that does not parse', { eventKeyJmesPath: 'a[' }, '"a[" is no JMESPath'],
    ['a function that is not there', { payloadValidationJmesPath: 'nothing(a)' }, '"nothing(a)" is no JMESPath'],
    ['a path that is no text', { eventKeyJmesPath: 7 }, 'eventKeyJmesPath must be a JMESPath'],
    ['a flag that is none', { useLocalCache: 'yes' }, 'useLocalCache must be true or false'],
    ['no time', { expiresAfterSeconds: 0 }, 'expiresAfterSeconds must be a number above 0'],
    ['no room', { maxLocalCacheSize: -1 }, 'maxLocalCacheSize must be a number above 0'],
    ['an unknown hash', { hashFunction: 'md4711' }, 'hashFunction must be one of crypto.getHashes()'],
    ['a hook that is none', { responseHook: {} }, 'responseHook must be a function'],
    ['an unknown format', { keyFormat: 'java' }, 'keyFormat must be'],
    ['functions that are none', { jmesPathOptions: {} }, 'jmesPathOptions must be an instance of PowertoolsFunctions'],
  ])('refuses %s', (_what, options, message) => {
    expect(() => new IdempotencyConfig(options)).toThrow(message);
  });

  it('takes paths that an empty payload does not fit', () => {
    expect(new IdempotencyConfig({ eventKeyJmesPath: 'powertools_json(body).id' }).eventKeyJmesPath).toContain('body');
    expect(new IdempotencyConfig({ eventKeyJmesPath: 'length(items)' }).eventKeyJmesPath).toContain('items');
  });
});

describe('what is taken for a config', () => {
  it('is one of ours, as it is, and options', () => {
    const config = new IdempotencyConfig();
    expect(configOf(config)).toBe(config);
    expect(configOf({ eventKeyJmesPath: 'id' }).eventKeyJmesPath).toBe('id');
    expect(configOf(undefined).expiresAfterSeconds).toBe(3600);
    expect(() => configOf('id' as never)).toThrow(TypeError);
  });

  it('is one of Powertools, with the Lambda context that it is told later', () => {
    const theirs = new PowertoolsConfig({ eventKeyJmesPath: 'id', hashFunction: 'sha256', useLocalCache: true });
    const config = configOf(theirs as never);
    expect(config).toMatchObject({ eventKeyJmesPath: 'id', hashFunction: 'sha256', useLocalCache: true });
    expect(config.isEnabled()).toBe(true);
    expect(config.lambdaContext).toBeUndefined();
    const context = { getRemainingTimeInMillis: () => 5 };
    theirs.registerLambdaContext(context as never);
    expect(config.lambdaContext).toBe(context);
  });

  it('is one of Powertools that was switched off', () => {
    process.env.POWERTOOLS_IDEMPOTENCY_DISABLED = 'true';
    const theirs = new PowertoolsConfig({});
    delete process.env.POWERTOOLS_IDEMPOTENCY_DISABLED;
    expect(configOf(theirs as never).isEnabled()).toBe(false);
  });
});
