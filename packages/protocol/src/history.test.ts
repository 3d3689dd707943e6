import { describe, expect, it } from '@jest/globals';
import { EXECUTION_ID, EXECUTION_STARTED, START } from '../test-support/run.ts';
import type { RunEvent } from './events.ts';
import { type HistoryEvent, historyOf } from './history.ts';

const at = START;
const invocationStarted: RunEvent = {
  type: 'InvocationStarted',
  at,
  invocationId: 'i1',
  requestId: 'r1',
  leaseUntil: at + 60_000,
};
const invocationCompleted: RunEvent = {
  type: 'InvocationCompleted',
  at: at + 9,
  invocationId: 'i1',
  requestId: 'r1',
  startedAt: at,
};

function shown(...events: RunEvent[]): HistoryEvent[] {
  return historyOf([EXECUTION_STARTED, ...events]).slice(1);
}

/** The details of the last event. */
function details(...events: RunEvent[]): unknown {
  const event = shown(...events).at(-1);
  return event?.[`${event.EventType}Details`];
}

describe('the history', () => {
  it('numbers what it shows and leaves out what only the machine needs', () => {
    const error = { ErrorMessage: 'no', ErrorType: 'E' };
    const log: RunEvent[] = [
      EXECUTION_STARTED,
      invocationStarted,
      { type: 'StepStarted', at, id: 'a', name: 's1', subType: 'Step' },
      { type: 'StepFailed', at: at + 1, id: 'a', error, nextAttemptDelay: 5 },
      invocationCompleted,
      { type: 'StepReady', at: at + 5001, id: 'a' },
      { type: 'StepStarted', at: at + 5002, id: 'a' },
      { type: 'StepSucceeded', at: at + 5003, id: 'a', result: '2' },
      { type: 'ExecutionSucceeded', at: at + 5004, result: '"done"' },
    ];
    const step = { Id: 'a', Name: 's1', SubType: 'Step' };
    const execution = { Id: EXECUTION_ID, Name: 'order-7' };
    expect(historyOf(log)).toStrictEqual([
      {
        EventType: 'ExecutionStarted',
        EventId: 1,
        EventTimestamp: new Date(at),
        ...execution,
        ExecutionStartedDetails: { Input: { Payload: '{"x":1}', Truncated: false }, ExecutionTimeout: 3600 },
      },
      { EventType: 'StepStarted', EventId: 2, EventTimestamp: new Date(at), ...step, StepStartedDetails: {} },
      {
        EventType: 'StepFailed',
        EventId: 3,
        EventTimestamp: new Date(at + 1),
        ...step,
        StepFailedDetails: {
          Error: { Payload: error, Truncated: false },
          RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 },
        },
      },
      {
        EventType: 'InvocationCompleted',
        EventId: 4,
        EventTimestamp: new Date(at + 9),
        InvocationCompletedDetails: { StartTimestamp: new Date(at), EndTimestamp: new Date(at + 9), RequestId: 'r1' },
      },
      { EventType: 'StepStarted', EventId: 5, EventTimestamp: new Date(at + 5002), ...step, StepStartedDetails: {} },
      {
        EventType: 'StepSucceeded',
        EventId: 6,
        EventTimestamp: new Date(at + 5003),
        ...step,
        StepSucceededDetails: { Result: { Payload: '2', Truncated: false }, RetryDetails: { CurrentAttempt: 2 } },
      },
      {
        EventType: 'ExecutionSucceeded',
        EventId: 7,
        EventTimestamp: new Date(at + 5004),
        ...execution,
        ExecutionSucceededDetails: { Result: { Payload: '"done"', Truncated: false } },
      },
    ]);
  });

  it('repeats the metadata of the start on every event of an operation', () => {
    const events = shown(
      { type: 'ContextStarted', at, id: 'c', name: 'approval', subType: 'WaitForCallback' },
      { type: 'CallbackStarted', at, id: 'k', callbackId: 'cb', parentId: 'c', subType: 'Callback' },
      { type: 'CallbackSucceeded', at, id: 'k', result: '1' },
      { type: 'ContextSucceeded', at, id: 'c', result: '1' },
    );
    const metadata = events.map(({ Id, Name, ParentId, SubType }) => [Id, Name, ParentId, SubType]);
    const context = ['c', 'approval', undefined, 'WaitForCallback'];
    const callback = ['k', undefined, 'c', 'Callback'];
    expect(metadata).toEqual([context, callback, callback, context]);
    expect(events[1]).not.toHaveProperty('Name');
    expect(events[0]).not.toHaveProperty('ParentId');
  });

  it('counts the attempts of each step on its own', () => {
    const poll = (id: string): RunEvent => ({ type: 'StepSucceeded', at, id, result: '0', nextAttemptDelay: 1 });
    const start = (id: string): RunEvent => ({ type: 'StepStarted', at, id });
    const events = shown(start('__proto__'), start('b'), poll('__proto__'), poll('b'), poll('b'));
    expect(events.slice(2).map((event) => event.StepSucceededDetails?.RetryDetails.CurrentAttempt)).toEqual([1, 1, 2]);
  });

  it('is empty for an empty log', () => {
    expect(historyOf([])).toEqual([]);
  });
});

describe('the details of an event', () => {
  const error = { ErrorMessage: 'm', ErrorType: 'T' };
  const wrappedError = { Error: { Payload: error, Truncated: false } };
  const wait: RunEvent = { type: 'WaitStarted', at, id: 'w', seconds: 5 };
  const callback: RunEvent = { type: 'CallbackStarted', at, id: 'k', callbackId: 'cb' };
  const invoke: RunEvent = { type: 'ChainedInvokeStarted', at, id: 'i', functionName: 'other' };
  const context: RunEvent = { type: 'ContextStarted', at, id: 'c' };

  it.each<[string, RunEvent[], unknown]>([
    ['execution, succeeded without result', [{ type: 'ExecutionSucceeded', at }], { Result: {} }],
    ['execution, failed', [{ type: 'ExecutionFailed', at, error }], wrappedError],
    ['execution, failed without error', [{ type: 'ExecutionFailed', at }], { Error: {} }],
    ['execution, failed with an answer', [{ type: 'ExecutionFailed', at, answer: '{}' }], { Error: {} }],
    ['execution, timed out', [{ type: 'ExecutionTimedOut', at, error }], {}],
    ['execution, stopped', [{ type: 'ExecutionStopped', at, error: {} }], { Error: { Payload: {}, Truncated: false } }],
    ['context, started', [context], {}],
    ['context, failed', [context, { type: 'ContextFailed', at, id: 'c', error }], wrappedError],
    ['context, without result', [context, { type: 'ContextSucceeded', at, id: 'c' }], { Result: {} }],
    [
      'step, failed for good',
      [
        { type: 'StepStarted', at, id: 'a' },
        { type: 'StepFailed', at, id: 'a', error },
      ],
      { ...wrappedError, RetryDetails: { CurrentAttempt: 1 } },
    ],
    ['wait, started', [wait], { Duration: 5, ScheduledEndTimestamp: new Date(at + 5000) }],
    ['wait, over', [wait, { type: 'WaitSucceeded', at, id: 'w' }], { Duration: 5 }],
    ['wait, cancelled', [wait, { type: 'WaitCancelled', at, id: 'w' }], {}],
    ['wait, cancelled with error', [wait, { type: 'WaitCancelled', at, id: 'w', error }], wrappedError],
    ['callback, started', [callback], { CallbackId: 'cb' }],
    [
      'callback, without timeouts',
      [{ ...callback, timeout: 0, heartbeatTimeout: 0 } as RunEvent],
      { CallbackId: 'cb' },
    ],
    [
      'callback, with timeouts',
      [{ ...callback, timeout: 60, heartbeatTimeout: 9 } as RunEvent],
      { CallbackId: 'cb', Timeout: 60, HeartbeatTimeout: 9 },
    ],
    ['callback, succeeded', [callback, { type: 'CallbackSucceeded', at, id: 'k' }], { Result: {} }],
    ['callback, failed', [callback, { type: 'CallbackFailed', at, id: 'k', error }], wrappedError],
    [
      'callback, timed out: the type alone',
      [callback, { type: 'CallbackTimedOut', at, id: 'k', error }],
      { Error: { Payload: { ErrorType: 'T' }, Truncated: false } },
    ],
    ['chained invoke, started', [invoke], { FunctionName: 'other' }],
    [
      'chained invoke, started with all',
      [{ ...invoke, tenantId: 't', input: '1', executedVersion: '2', durableExecutionArn: 'arn' } as RunEvent],
      {
        FunctionName: 'other',
        TenantId: 't',
        Input: { Payload: '1', Truncated: false },
        ExecutedVersion: '2',
        DurableExecutionArn: 'arn',
      },
    ],
    [
      'chained invoke, succeeded',
      [invoke, { type: 'ChainedInvokeSucceeded', at, id: 'i', result: '1' }],
      { Result: { Payload: '1', Truncated: false } },
    ],
    ['chained invoke, failed', [invoke, { type: 'ChainedInvokeFailed', at, id: 'i', error }], wrappedError],
    ['chained invoke, timed out', [invoke, { type: 'ChainedInvokeTimedOut', at, id: 'i', error }], wrappedError],
    ['chained invoke, stopped', [invoke, { type: 'ChainedInvokeStopped', at, id: 'i', error }], wrappedError],
    [
      'invocation, crashed',
      [{ ...invocationCompleted, error, crashed: true } as RunEvent],
      { StartTimestamp: new Date(at), EndTimestamp: new Date(at + 9), RequestId: 'r1', ...wrappedError },
    ],
  ])('%s', (_, events, expected) => {
    expect(details(...events)).toStrictEqual(expected);
  });

  it('without execution data marks what was left out, and only that', () => {
    const log: RunEvent[] = [
      EXECUTION_STARTED,
      callback,
      { type: 'CallbackSucceeded', at, id: 'k' },
      wait,
      { type: 'WaitCancelled', at, id: 'w', error },
      { ...invoke, input: '1' } as RunEvent,
      { ...invocationCompleted, error } as RunEvent,
      { type: 'ExecutionFailed', at, error },
    ];
    const history = historyOf(log, { includeExecutionData: false });
    expect(history.map((event) => event[`${event.EventType}Details`])).toStrictEqual([
      { Input: { Truncated: true }, ExecutionTimeout: 3600 },
      { CallbackId: 'cb' },
      { Result: {} },
      { Duration: 5, ScheduledEndTimestamp: new Date(at + 5000) },
      { Error: { Truncated: true } },
      { FunctionName: 'other', Input: { Truncated: true } },
      { StartTimestamp: new Date(at), EndTimestamp: new Date(at + 9), RequestId: 'r1', Error: { Truncated: true } },
      { Error: { Truncated: true } },
    ]);
  });
});
