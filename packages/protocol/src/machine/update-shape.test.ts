import { describe, expect, it } from '@jest/globals';
import { contextAt, runAfter, thrownBy } from '../../test-support/run.ts';
import { decide } from './decide.ts';

function violation(update: unknown): string {
  const error = thrownBy(() => decide(runAfter(), [update as never], contextAt()));
  expect(error.name).toBe('ValidationException');
  return error.message;
}

const step = { Id: 'a', Type: 'STEP', Action: 'START' };
const invoke = { Id: 'a', Type: 'CHAINED_INVOKE', Action: 'START' };

function broken(path: string, value: string, constraint: string): string {
  return `1 validation error detected: Value ${value} at 'updates.1.member.${path}' failed to satisfy constraint: ${constraint}`;
}

describe('the shape of an update', () => {
  const atMost = 'Member must have length less than or equal to';
  const pattern = 'Member must satisfy regular expression pattern:';
  const long = 'x'.repeat(65);
  const cases: [string, object, string][] = [
    ['id, length', { ...step, Id: long }, broken('id', `'${long}'`, `${atMost} 64`)],
    ['id, pattern', { ...step, Id: 'a.b' }, broken('id', "'a.b'", `${pattern} ^[a-zA-Z0-9-_]+$`)],
    ['id, type', { ...step, Id: 5 }, broken('id', "'5'", 'Member must be a string')],
    [
      'parent, empty',
      { ...step, ParentId: '' },
      broken('parentId', "''", 'Member must have length greater than or equal to 1'),
    ],
    ['parent, pattern', { ...step, ParentId: 'ü' }, broken('parentId', "'ü'", `${pattern} ^[a-zA-Z0-9-_]+$`)],
    ['name, not printable', { ...step, Name: 'a\tb' }, broken('name', "'a\tb'", `${pattern} ^[\\x20-\\x7e]+$`)],
    ['name, length', { ...step, Name: 'n'.repeat(257) }, broken('name', `'${'n'.repeat(100)}...'`, `${atMost} 256`)],
    ['subtype, length', { ...step, SubType: 's'.repeat(33) }, broken('subType', `'${'s'.repeat(33)}'`, `${atMost} 32`)],
    ['type, no text', { ...step, Type: {} }, broken('type', "'{}'", 'Member must be a string')],
    ['action, no text', { ...step, Action: 1 }, broken('action', "'1'", 'Member must be a string')],
    ['payload, no text', { ...step, Payload: { a: 1 } }, broken('payload', '\'{"a":1}\'', 'Member must be a string')],
    ['error, no object', { ...step, Error: 'no' }, broken('error', "'no'", 'Member must be a structure')],
    ['error, list', { ...step, Error: [] }, broken('error', "'[]'", 'Member must be a structure')],
    [
      'error, member',
      { ...step, Error: { ErrorType: true } },
      broken('error.errorType', "'true'", 'Member must be a string'),
    ],
    [
      'error, stack',
      { ...step, Error: { StackTrace: ['a', 1] } },
      broken('error.stackTrace', '\'["a",1]\'', 'Member must be a list of strings'),
    ],
    [
      'replay children, no flag',
      { ...step, ContextOptions: { ReplayChildren: 'yes' } },
      broken('contextOptions.replayChildren', "'yes'", 'Member must be a boolean'),
    ],
    [
      'retry delay, too short',
      { ...step, StepOptions: { NextAttemptDelaySeconds: 0 } },
      broken('stepOptions.nextAttemptDelaySeconds', "'0'", 'Member must have value greater than or equal to 1'),
    ],
    [
      'wait, too long',
      { ...step, WaitOptions: { WaitSeconds: 31_622_401 } },
      broken('waitOptions.waitSeconds', "'31622401'", 'Member must have value less than or equal to 31622400'),
    ],
    [
      'wait, a fraction',
      { ...step, WaitOptions: { WaitSeconds: 1.5 } },
      broken('waitOptions.waitSeconds', "'1.5'", 'Member must be an integer'),
    ],
    [
      'callback, negative',
      { ...step, CallbackOptions: { TimeoutSeconds: -1 } },
      broken('callbackOptions.timeoutSeconds', "'-1'", 'Member must have value greater than or equal to 0'),
    ],
    [
      'callback, too long',
      { ...step, CallbackOptions: { HeartbeatTimeoutSeconds: 100_000_000 } },
      broken(
        'callbackOptions.heartbeatTimeoutSeconds',
        "'100000000'",
        'Member must have value less than or equal to 99999999',
      ),
    ],
    [
      'chained invoke, no function',
      { ...invoke, ChainedInvokeOptions: {} },
      broken('chainedInvokeOptions.functionName', 'null', 'Member must not be null'),
    ],
    [
      'chained invoke, long function',
      { ...invoke, ChainedInvokeOptions: { FunctionName: 'f'.repeat(257) } },
      broken('chainedInvokeOptions.functionName', `'${'f'.repeat(100)}...'`, `${atMost} 256`),
    ],
    [
      'chained invoke, long trace',
      { ...invoke, ChainedInvokeOptions: { FunctionName: 'f', XAmznTraceId: 't'.repeat(8193) } },
      broken('chainedInvokeOptions.xAmznTraceId', `'${'t'.repeat(100)}...'`, `${atMost} 8192`),
    ],
  ];

  it.each(cases)('is refused for %s', (_, update, message) => {
    expect(violation(update)).toBe(message);
  });

  it('is refused for what no request can hold', () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(violation({ ...step, Payload: circular })).toContain(
      "Value '[object Object]' at 'updates.1.member.payload'",
    );
    expect(violation({ ...step, Payload: 5n })).toContain("Value '5' at 'updates.1.member.payload'");
    expect(violation({ ...step, Name: Symbol('n') })).toContain("Value 'Symbol(n)' at 'updates.1.member.name'");
    expect(violation({ ...step, WaitOptions: { WaitSeconds: Number.NaN } })).toContain("Value 'NaN'");
  });

  it.each([null, undefined])('is refused for %s', (update) => {
    expect(violation(update)).toBe(
      "1 validation error detected: Value null at 'updates.1.member' failed to satisfy constraint: Member must not be null",
    );
  });

  it('is refused with all that is broken, up to ten', () => {
    expect(violation({ ...step, ParentId: '', Name: '' })).toMatch(
      /^2 validation errors detected: .*parentId.*; .*name/,
    );
    const updates = Array.from({ length: 30 }, () => ({ ...step, Name: '' }));
    const { message } = thrownBy(() => decide(runAfter(), updates as never, contextAt()));
    expect(message).toMatch(/^10 validation errors detected: /);
    expect(message).toContain("'updates.10.member.name'");
    expect(message).not.toContain("'updates.11.member.name'");
  });

  it('is accepted at the limits', () => {
    const updates = [
      { ...step, Id: 'x'.repeat(64), Name: `${' ~'.repeat(128)}`, SubType: 's'.repeat(32) },
      { Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 31_622_400 } },
      { Id: 'v', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 1 } },
      { Id: 'k', Type: 'CALLBACK', Action: 'START', CallbackOptions: { TimeoutSeconds: 99_999_999 } },
      { ...invoke, Id: 'i', ChainedInvokeOptions: { FunctionName: 'f', XAmznTraceId: '' } },
    ];
    expect(decide(runAfter(), updates as never, contextAt())).toHaveLength(5);
  });
});
