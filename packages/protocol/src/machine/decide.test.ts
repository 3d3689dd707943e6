import { describe, expect, it } from '@jest/globals';
import { checkpoint, contextAt, EXECUTION_ID, runAfter, START, thrownBy } from '../../test-support/run.ts';
import type { OperationUpdate } from '../wire.ts';
import { decide } from './decide.ts';

const step = (update: Partial<OperationUpdate>): OperationUpdate => ({
  Id: 'a',
  Type: 'STEP',
  Action: 'START',
  ...update,
});
const context = (update: Partial<OperationUpdate>): OperationUpdate => ({
  Id: 'c',
  Type: 'CONTEXT',
  Action: 'START',
  ...update,
});
const succeed: OperationUpdate = { Id: 'any-id', Type: 'EXECUTION', Action: 'SUCCEED', Payload: '1' };

function refusal(updates: OperationUpdate[], state = runAfter(), more = {}) {
  const before = structuredClone(state);
  const error = thrownBy(() => decide(state, updates, contextAt(START, more)));
  expect(error.name).toBe('InvalidParameterValueException');
  expect(state).toEqual(before);
  return error;
}

describe('a batch', () => {
  it('may be empty', () => {
    expect(decide(runAfter(), [], contextAt())).toEqual([]);
  });

  it('takes the START of a step and its close together', () => {
    const updates = [
      step({ Name: 's1', SubType: 'Step' }),
      step({ Action: 'SUCCEED', Payload: '2', Name: 's1', SubType: 'Step' }),
    ];
    expect(decide(runAfter(), updates, contextAt())).toEqual([
      { type: 'StepStarted', at: START, id: 'a', name: 's1', subType: 'Step' },
      { type: 'StepSucceeded', at: START, id: 'a', result: '2' },
    ]);
  });

  it('takes a context, what happened in it and its close together', () => {
    const state = runAfter();
    const updates = [
      context({}),
      step({ ParentId: 'c' }),
      step({ ParentId: 'c', Action: 'SUCCEED', Payload: '1' }),
      context({ Action: 'SUCCEED', Payload: '"big"', ContextOptions: { ReplayChildren: true } }),
    ];
    checkpoint(state, updates);
    expect(state.operations.get('c')).toMatchObject({
      Status: 'SUCCEEDED',
      ContextDetails: { Result: '"big"', ReplayChildren: true },
    });
    expect(state.operations.get('a')).toMatchObject({ ParentId: 'c', Status: 'SUCCEEDED' });
  });

  it('logs the start of a context or step that closes without one', () => {
    const updates = [
      context({ Action: 'FAIL', Name: 'branch', Error: { ErrorType: 'Boom' } }),
      step({ Action: 'RETRY', ParentId: 'c', StepOptions: { NextAttemptDelaySeconds: 2 } }),
    ];
    const state = runAfter();
    expect(checkpoint(state, updates, START + 5)).toEqual([
      { type: 'ContextStarted', at: START + 5, id: 'c', name: 'branch' },
      { type: 'ContextFailed', at: START + 5, id: 'c', error: { ErrorType: 'Boom' } },
      { type: 'StepStarted', at: START + 5, id: 'a', parentId: 'c' },
      { type: 'StepSucceeded', at: START + 5, id: 'a', nextAttemptDelay: 2 },
    ]);
    expect(state.operations.get('c')).toMatchObject({ StartTimestamp: START + 5, EndTimestamp: START + 5 });
  });

  it('retries with an error as a failure and with a payload as a poll', () => {
    const StepOptions = { NextAttemptDelaySeconds: 3 };
    const updates = [
      step({ Id: 'failed', Action: 'RETRY', StepOptions, Error: { ErrorMessage: 'no' } }),
      step({ Id: 'poll', Action: 'RETRY', StepOptions, Payload: '{"n":1}' }),
    ];
    expect(decide(runAfter(), updates, contextAt()).filter(({ type }) => type !== 'StepStarted')).toEqual([
      { type: 'StepFailed', at: START, id: 'failed', error: { ErrorMessage: 'no' }, nextAttemptDelay: 3 },
      { type: 'StepSucceeded', at: START, id: 'poll', result: '{"n":1}', nextAttemptDelay: 3 },
    ]);
  });

  it('gives a callback its id and leaves out timeouts of 0', () => {
    const callback = (Id: string, TimeoutSeconds: number, HeartbeatTimeoutSeconds: number): OperationUpdate => ({
      Id,
      Type: 'CALLBACK',
      Action: 'START',
      CallbackOptions: { TimeoutSeconds, HeartbeatTimeoutSeconds },
    });
    expect(decide(runAfter(), [callback('x', 0, 0), callback('y', 60, 10)], contextAt())).toEqual([
      { type: 'CallbackStarted', at: START, id: 'x', callbackId: 'callback-of-x' },
      { type: 'CallbackStarted', at: START, id: 'y', callbackId: 'callback-of-y', timeout: 60, heartbeatTimeout: 10 },
    ]);
  });

  it('hands a chained invoke its function, tenant and input', () => {
    const update: OperationUpdate = {
      Id: 'i',
      Type: 'CHAINED_INVOKE',
      Action: 'START',
      Payload: '{}',
      ChainedInvokeOptions: { FunctionName: 'other:1', TenantId: 'blue' },
    };
    expect(decide(runAfter(), [update], contextAt())).toEqual([
      { type: 'ChainedInvokeStarted', at: START, id: 'i', functionName: 'other:1', tenantId: 'blue', input: '{}' },
    ]);
  });

  it('ends the one execution, whatever id the update carries', () => {
    const state = runAfter();
    expect(checkpoint(state, [step({}), { ...succeed, Id: 'execution-result-1767225600000' }])).toHaveLength(2);
    expect(state).toMatchObject({ status: 'SUCCEEDED', result: '1', endedAt: START });
    expect(state.operations.get(EXECUTION_ID)).toMatchObject({ Status: 'SUCCEEDED', EndTimestamp: START });
    expect(state.operations.get('a')?.Status).toBe('STARTED');
  });

  it('may end the execution with an id that another update carries', () => {
    const state = runAfter();
    checkpoint(state, [step({}), { Id: 'a', Type: 'EXECUTION', Action: 'FAIL', Error: { ErrorType: 'E' } }]);
    expect(state).toMatchObject({ status: 'FAILED', error: { ErrorType: 'E' } });
  });

  it('reads null as an absent member', () => {
    const nothing = { ParentId: null, Name: null, SubType: null, Payload: null, Error: null, StepOptions: null };
    expect(decide(runAfter(), [step(nothing as never)], contextAt())).toEqual([
      { type: 'StepStarted', at: START, id: 'a' },
    ]);
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'valueOf'])(
    'keeps an operation with the id %s as any other',
    (id) => {
      const state = runAfter();
      checkpoint(state, [step({ Id: id })]);
      expect(state.operations.get(id)).toMatchObject({ Id: id, Status: 'STARTED' });
      expect(checkpoint(state, [step({ Id: id, Action: 'SUCCEED' })])).toHaveLength(1);
      expect(({} as { Id?: string }).Id).toBeUndefined();
      expect(refusal([step({ ParentId: 'constructor' })]).message).toBe('Invalid parent operation id.');
    },
  );
});

describe('a batch is refused, and changes nothing, when', () => {
  const retry = { Action: 'RETRY', StepOptions: { NextAttemptDelaySeconds: 1 } } as const;
  const wait = (options: Partial<OperationUpdate>): OperationUpdate => ({
    Id: 'w',
    Type: 'WAIT',
    Action: 'START',
    ...options,
  });
  const invoke = (FunctionName: string, TenantId?: string): OperationUpdate => ({
    Id: 'i',
    Type: 'CHAINED_INVOKE',
    Action: 'START',
    ChainedInvokeOptions: { FunctionName, TenantId },
  });
  const twice = 'Cannot update the same operation twice in a single request.';
  const options = 'Invalid StepOptions for the given action.';
  const cases: [string, OperationUpdate[], string][] = [
    ['it ends the execution twice', [succeed, succeed], 'Cannot checkpoint multiple EXECUTION updates.'],
    ['the execution ends before the last update', [succeed, step({})], 'EXECUTION checkpoint must be the last update.'],
    ['an id is empty', [step({ Id: '' })], 'Operation update must have an Id.'],
    ['an id is absent', [step({ Id: undefined as never })], 'Operation update must have an Id.'],
    ['a step starts twice', [step({}), step({})], twice],
    ['a step closes twice', [step({ Action: 'SUCCEED' }), step({ Action: 'SUCCEED' })], twice],
    ['a step starts after its close', [step({ Action: 'SUCCEED' }), step({})], twice],
    ['three updates have one id', [step({}), step(retry), step({ Action: 'SUCCEED' })], twice],
    ['a wait starts and is cancelled', [wait({ WaitOptions: { WaitSeconds: 1 } }), wait({ Action: 'CANCEL' })], twice],
    ['two types share an id', [step({ Id: 'c' }), context({ Action: 'SUCCEED' })], twice],
    ['the parent is unknown', [step({ ParentId: 'nobody' })], 'Invalid parent operation id.'],
    ['the parent comes later', [step({ ParentId: 'c' }), context({})], 'Invalid parent operation id.'],
    ['the parent is no context', [step({ Id: 'p' }), step({ ParentId: 'p' })], 'Invalid parent operation id.'],
    ['the parent is the execution', [step({ ParentId: EXECUTION_ID })], 'Invalid parent operation id.'],
    ['the parent is the operation itself', [context({ ParentId: 'c' })], 'Invalid parent operation id.'],
    ['it takes the id of the execution', [step({ Id: EXECUTION_ID })], 'Inconsistent operation type.'],
    ['a wait has no options', [wait({})], 'Update for WAIT operation requires WaitOptions.'],
    ['a wait has no seconds', [wait({ WaitOptions: {} })], 'Update for WAIT operation requires WaitOptions.'],
    [
      'a chained invoke has no options',
      [{ Id: 'i', Type: 'CHAINED_INVOKE', Action: 'START' }],
      'Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.',
    ],
    ['a chained invoke names no function', [invoke('a b')], "Invalid function ARN 'a b'"],
    [
      'a tenant is none',
      [invoke('other', 'two;words')],
      'TenantId must be 1 to 256 characters matching [a-zA-Z0-9._:/=+-@ ].',
    ],
    ['a tenant is empty', [invoke('other', '')], 'TenantId must be 1 to 256 characters matching [a-zA-Z0-9._:/=+-@ ].'],
    ['a retry has no delay', [step({ Action: 'RETRY' })], options],
    ['a retry has empty options', [step({ Action: 'RETRY', StepOptions: {} })], options],
    ['a start has a delay', [step({ ...retry, Action: 'START' })], options],
    ['a success has a delay', [step({ ...retry, Action: 'SUCCEED' })], options],
    ['a failure has a delay', [step({ ...retry, Action: 'FAIL' })], options],
    [
      'a retry has a payload and an error',
      [step({ ...retry, Payload: '1', Error: {} })],
      'Cannot provide both error and payload to RETRY a STEP.',
    ],
    [
      'a step fails with a payload',
      [step({ Action: 'FAIL', Payload: '' })],
      'Cannot provide a Payload for FAIL action.',
    ],
    [
      'a context fails with a payload',
      [context({ Action: 'FAIL', Payload: '1' })],
      'Cannot provide a Payload for FAIL action.',
    ],
    [
      'the execution fails with a payload',
      [{ Id: 'e', Type: 'EXECUTION', Action: 'FAIL', Payload: '1' }],
      'Cannot provide a Payload for FAIL action.',
    ],
    [
      'a step succeeds with an error',
      [step({ Action: 'SUCCEED', Error: {} })],
      'Cannot provide an Error for SUCCEED action.',
    ],
    [
      'a context succeeds with an error',
      [context({ Action: 'SUCCEED', Error: {} })],
      'Cannot provide an Error for SUCCEED action.',
    ],
    [
      'the execution succeeds with an error',
      [{ ...succeed, Error: {} }],
      'Cannot provide an Error for SUCCEED action.',
    ],
  ];

  it.each(cases)('%s', (_, updates, message) => {
    expect(refusal(updates).message).toBe(message);
  });

  it('a good update stands before a bad one', () => {
    const error = refusal([step({}), context({}), step({ Id: 'b', Action: 'CANCEL' })]);
    expect(error.message).toBe('Invalid action for the given operation type.');
    expect(error.cause).toEqual({ index: 2, id: 'b', type: 'STEP', action: 'CANCEL' });
  });

  it('metadata differs from what the operation started with', () => {
    const state = runAfter();
    checkpoint(state, [context({}), context({ Id: 'd' }), step({ Name: 'n', SubType: 'Step', ParentId: 'c' })]);
    const wrong = (update: Partial<OperationUpdate>) =>
      refusal([step({ Action: 'SUCCEED', ...update })], state).message;
    expect(wrong({ Type: 'CONTEXT' })).toBe('Inconsistent operation type.');
    expect(wrong({ SubType: 'WaitForCondition' })).toBe('Inconsistent operation subtype.');
    expect(wrong({ Name: 'other' })).toBe('Inconsistent operation name.');
    expect(wrong({ ParentId: 'd' })).toBe('Inconsistent parent operation id.');
    expect(refusal([context({ Action: 'SUCCEED', Name: 'late' })], state).message).toBe('Inconsistent operation name.');
    expect(checkpoint(state, [step({ Action: 'SUCCEED' })])).toHaveLength(1);
  });

  it('a payload or an error is too large', () => {
    const limits = { operationBytes: 10, chainedBytes: 20, executionBytes: 30, errorBytes: 12 };
    const sized = (update: OperationUpdate) => refusal([update], runAfter(), { limits }).message;
    const large = 'é'.repeat(16);
    expect(sized(step({ Action: 'SUCCEED', Payload: large }))).toBe(
      'STEP output payload size must be less than or equal to 10 bytes.',
    );
    expect(sized(context({ Action: 'SUCCEED', Payload: large }))).toBe(
      'CONTEXT payload size must be less than or equal to 10 bytes.',
    );
    expect(sized(wait({ Payload: large }))).toBe('WAIT payload size must be less than or equal to 10 bytes.');
    expect(sized({ Id: 'k', Type: 'CALLBACK', Action: 'START', Payload: large })).toBe(
      'CALLBACK payload size must be less than or equal to 10 bytes.',
    );
    expect(sized({ ...invoke('other'), Payload: large })).toBe(
      'CHAINED_INVOKE input payload size must be less than or equal to 20 bytes.',
    );
    expect(sized({ ...succeed, Payload: large })).toBe(
      'Execution output payload size must be less than or equal to 30 bytes.',
    );
    const error = { ErrorMessage: 'abc', ErrorType: 'abc', ErrorData: 'abc', StackTrace: ['ab', 'cd'] };
    expect(sized(step({ Action: 'FAIL', Error: error }))).toBe(
      'Error object size must be less than or equal to 12 bytes.',
    );
    const fits = [
      step({ Action: 'SUCCEED', Payload: 'é'.repeat(5) }),
      step({ Id: 'b', Action: 'FAIL', Error: { ...error, StackTrace: ['abc'] } }),
      { ...invoke('other'), Payload: 'x'.repeat(20) },
      { ...succeed, Payload: 'x'.repeat(30) },
    ];
    expect(decide(runAfter(), fits, contextAt(START, { limits }))).toHaveLength(6);
  });

  it('a payload is larger than the service takes', () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    expect(decide(runAfter(), [step({ Action: 'SUCCEED', Payload: mebibyte })], contextAt())).toHaveLength(2);
    expect(refusal([step({ Action: 'SUCCEED', Payload: `${mebibyte}x` })]).message).toBe(
      'STEP output payload size must be less than or equal to 1048576 bytes.',
    );
    expect(refusal([step({ Action: 'FAIL', Error: { ErrorData: `${mebibyte}x` } })]).message).toBe(
      'Error object size must be less than or equal to 1048576 bytes.',
    );
  });

  it('a chained invoke leaves the account or region', () => {
    const home = { region: 'eu-west-1', account: '123456789012' };
    const called = (name: string) => () => decide(runAfter(), [invoke(name)], contextAt(START, { home }));
    const arn = (region: string, account: string) => `arn:aws:lambda:${region}:${account}:function:other:1`;
    expect(thrownBy(called(arn('eu-west-1', '210987654321'))).message).toBe(
      'Cannot start a CHAINED_INVOKE on a function in another account.',
    );
    expect(thrownBy(called(arn('us-gov-west-1', '123456789012'))).message).toBe(
      'Cannot start a CHAINED_INVOKE on a function in another region.',
    );
    expect(called(arn('eu-west-1', '123456789012'))()).toHaveLength(1);
    expect(called('123456789012:function:other')()).toHaveLength(1);
    expect(called('other:$LATEST')()).toHaveLength(1);
    expect(decide(runAfter(), [invoke(arn('us-east-1', '210987654321'))], contextAt())).toHaveLength(1);
  });

  it('the execution has ended, an empty batch included', () => {
    const state = runAfter({ type: 'ExecutionStopped', at: START });
    for (const updates of [[], [step({})], [succeed]]) {
      expect(refusal(updates, state).message).toBe(
        'Invalid checkpoint token: execution execution-1 has ended (STOPPED)',
      );
    }
  });
});

describe('the order of the rules', () => {
  // Each update breaks a rule and all the later ones that can be broken with it.
  it.each<[string, OperationUpdate[]]>([
    ['1 validation error detected: ', [step({ Name: '\n', Type: 'NONE' as never }), succeed, succeed]],
    ['Cannot checkpoint multiple EXECUTION updates.', [succeed, succeed, step({ Id: '' })]],
    ['EXECUTION checkpoint must be the last update.', [succeed, step({ Id: '' })]],
    ['Operation update must have an Id.', [step({ Id: '', ParentId: 'nobody' })]],
    ['Cannot update the same operation twice', [step({}), step({ ParentId: 'nobody', Type: 'NONE' as never })]],
    ['Invalid parent operation id.', [step({ Id: EXECUTION_ID, ParentId: 'nobody' })]],
    ['Inconsistent operation type.', [step({ Id: EXECUTION_ID, Name: 'x', Error: { ErrorData: 'too large' } })]],
    ['Error object size', [step({ Error: { ErrorData: 'too large' }, Payload: 'too large' })]],
    ['STEP output payload size', [step({ Payload: 'too large', Action: 'CANCEL' })]],
    ['Unknown operation type.', [step({ Type: 'NONE' as never, Action: 'NONE' as never, Payload: 'too large' })]],
    ['Invalid action for the given', [{ Id: 'w', Type: 'WAIT', Action: 'SUCCEED' }]],
    ['Update for CHAINED_INVOKE operation requires', [{ Id: 'i', Type: 'CHAINED_INVOKE', Action: 'START' }]],
    ['Invalid StepOptions', [step({ Action: 'RETRY', Payload: '1', Error: {} })]],
  ])('%s', (message, updates) => {
    const limits = { operationBytes: 5, errorBytes: 5 };
    expect(thrownBy(() => decide(runAfter(), updates, contextAt(START, { limits }))).message).toContain(message);
  });

  it('the state comes before the arguments', () => {
    const state = runAfter();
    checkpoint(state, [step({}), step({ Action: 'SUCCEED' })]);
    expect(refusal([step({ Action: 'FAIL', Payload: '1' })], state).message).toBe(
      'Invalid current STEP state to close.',
    );
    expect(refusal([step({ Action: 'RETRY' })], state).message).toBe('Invalid current STEP state to re-attempt.');
  });
});
