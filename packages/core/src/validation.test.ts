import { describe, expect, it } from '@jest/globals';
import { checkFunction, checkName, checkOptions, checkSubType, type OptionKind, operationLabel } from './validation.ts';

describe('operationLabel', () => {
  it('names the call and the operation', () => {
    expect(operationLabel('step', 'charge')).toBe('step "charge"');
    expect(operationLabel('step', undefined)).toBe('step');
  });
});

describe('checkName', () => {
  it.each([[undefined], ['a'], ['charge card #1 ~'], ['x'.repeat(256)]])('takes %p', (name) => {
    expect(() => checkName(name, 'step')).not.toThrow();
  });

  it.each([
    ['', 'step: the name must be 1 to 256 printable ASCII characters; got ""'],
    ['caf\u00e9', 'got "caf\u00e9"'],
    ['two\nlines', 'got "two\\nlines"'],
    ['x'.repeat(257), 'printable ASCII characters, not 257; got "xxx'],
  ])('refuses the text %j', (name, message) => {
    expect(() => checkName(name, 'step')).toThrow(RangeError);
    expect(() => checkName(name, 'step')).toThrow(message);
  });

  it.each([[null], [5], [{}]])('refuses %p, which is no text', (name) => {
    expect(() => checkName(name, 'wait')).toThrow(TypeError);
    expect(() => checkName(name, 'wait')).toThrow('wait: the name must be a string or left out; got');
  });
});

describe('checkSubType', () => {
  it.each([[undefined], ['Step'], ['my_type-2'], ['x'.repeat(32)]])('takes %p', (subType) => {
    expect(() => checkSubType(subType, 'runInChildContext "a"')).not.toThrow();
  });

  it.each([[''], ['x'.repeat(33)], ['with space']])('refuses the text %j', (subType) => {
    expect(() => checkSubType(subType, 'runInChildContext "a"')).toThrow(RangeError);
    expect(() => checkSubType(subType, 'runInChildContext "a"')).toThrow(
      'runInChildContext "a": subType must be 1 to 32 letters, digits, hyphens or underscores; got',
    );
  });

  it('refuses what is no text', () => {
    expect(() => checkSubType(null, 'step')).toThrow(TypeError);
  });
});

describe('checkFunction', () => {
  it('takes functions only', () => {
    expect(() => checkFunction(async () => 1, 'step "a"', 'the body')).not.toThrow();
    expect(() => checkFunction(undefined, 'step "a"', 'the body')).toThrow(TypeError);
    expect(() => checkFunction({}, 'step "a"', 'the body')).toThrow('step "a": the body must be a function; got {}');
  });
});

describe('checkOptions', () => {
  const kinds: Record<string, OptionKind> = {
    retryStrategy: 'function',
    semantics: ['ONE', 'TWO'],
    serdes: 'serdes',
    reader: 'deserializer',
    virtualContext: 'boolean',
    tenantId: 'string',
    maxConcurrency: 'number',
    customLogger: 'object',
  };
  const deserialize = () => undefined;

  it.each([
    [undefined],
    [null],
    [{}],
    [{ retryStrategy: undefined, semantics: null, serdes: undefined }],
    [{ retryStrategy: () => null, semantics: 'TWO', serdes: { serialize: deserialize, deserialize } }],
    [{ reader: { deserialize }, virtualContext: false, tenantId: '', maxConcurrency: 1, customLogger: console }],
    [{ customLogger: () => undefined, unknownOption: 5 }],
  ])('takes %p', (options) => {
    expect(() => checkOptions(options, kinds, 'step "a"')).not.toThrow();
  });

  it.each([
    [5, 'step "a": the options must be an object; got 5'],
    ['text', 'the options must be an object; got "text"'],
    [() => 1, 'the options must be an object; got function'],
    [{ retryStrategy: {} }, 'step "a": option retryStrategy must be a function; got {}'],
    [{ semantics: 'THREE' }, 'option semantics must be one of ONE, TWO; got "THREE"'],
    [
      { serdes: { deserialize } },
      'option serdes must be an object with the functions serialize and deserialize; got {}',
    ],
    [{ reader: 5 }, 'option reader must be an object with a deserialize function; got 5'],
    [{ virtualContext: 'yes' }, 'option virtualContext must be a boolean; got "yes"'],
    [{ tenantId: 5 }, 'option tenantId must be a string; got 5'],
    [{ maxConcurrency: '5' }, 'option maxConcurrency must be a number; got "5"'],
    [{ customLogger: 'console' }, 'option customLogger must be an object; got "console"'],
  ])('refuses %p', (options, message) => {
    expect(() => checkOptions(options, kinds, 'step "a"')).toThrow(TypeError);
    expect(() => checkOptions(options, kinds, 'step "a"')).toThrow(message);
  });
});
