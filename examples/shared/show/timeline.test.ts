import { describe, expect, it } from '@jest/globals';
import type { HistoryEvent } from '@middy-durable/core';
import { awaited } from './awaited.ts';
import { timeline } from './timeline.ts';

const START = Date.UTC(2026, 0, 1);

let events: HistoryEvent[];
function add(ms: number, EventType: HistoryEvent['EventType'], members: Partial<HistoryEvent> = {}): void {
  const details = { [`${EventType}Details`]: {} };
  events.push({ EventType, EventId: events.length + 1, EventTimestamp: new Date(START + ms), ...details, ...members });
}

function invocationEnd(startMs: number, endMs: number, ErrorMessage?: string): void {
  add(endMs, 'InvocationCompleted', {
    InvocationCompletedDetails: {
      StartTimestamp: new Date(START + startMs),
      EndTimestamp: new Date(START + endMs),
      RequestId: 'r',
      ...(ErrorMessage !== undefined && { Error: { Payload: { ErrorType: 'Runtime.ExitError', ErrorMessage } } }),
    },
  });
}

const failed = (ErrorMessage: string, CurrentAttempt: number, next?: number): Partial<HistoryEvent> => ({
  Id: 'p',
  Name: 'pay',
  StepFailedDetails: {
    Error: { Payload: { ErrorType: 'Busy', ErrorMessage } },
    RetryDetails: { CurrentAttempt, ...(next !== undefined && { NextAttemptDelaySeconds: next }) },
  },
});

const notYet = (Payload: string, CurrentAttempt: number, NextAttemptDelaySeconds: number): Partial<HistoryEvent> => ({
  Id: 'j',
  Name: 'job',
  StepSucceededDetails: { Result: { Payload }, RetryDetails: { CurrentAttempt, NextAttemptDelaySeconds } },
});

describe('timeline', () => {
  it('shows invocations around what happened in them, and the outside between them', () => {
    events = [];
    add(0, 'ExecutionStarted', {
      Id: 'e',
      Name: 'order-1',
      ExecutionStartedDetails: { Input: { Payload: '{}' }, ExecutionTimeout: 9 },
    });
    add(120, 'CallbackStarted', {
      Id: 'c',
      Name: 'approval',
      CallbackStartedDetails: { CallbackId: 'x', Timeout: 180 },
    });
    invocationEnd(10, 150);
    add(1000, 'CallbackSucceeded', {
      Id: 'c',
      Name: 'approval',
      CallbackSucceededDetails: { Result: { Payload: 'yes' } },
    });
    add(1200, 'StepStarted', { Id: 'p', Name: 'pay' });
    add(1300, 'StepFailed', failed('try later', 1, 2));
    invocationEnd(1000, 1310);
    add(3400, 'StepStarted', { Id: 'p', Name: 'pay' });
    invocationEnd(3310, 3500, 'RequestId: r Error: Runtime exited with error: signal: SIGKILL');
    add(3600, 'StepSucceeded', {
      Id: 'p',
      Name: 'pay',
      StepSucceededDetails: { Result: { Payload: '7' }, RetryDetails: { CurrentAttempt: 2 } },
    });
    add(3610, 'WaitStarted', { Id: 'w', WaitStartedDetails: { Duration: 10, ScheduledEndTimestamp: new Date() } });
    invocationEnd(3500, 3620);
    add(13_610, 'WaitSucceeded', { Id: 'w' });
    invocationEnd(13_611, 13_700);
    add(13_700, 'ExecutionSucceeded', {
      Id: 'e',
      Name: 'order-1',
      ExecutionSucceededDetails: { Result: { Payload: '"ok"' } },
    });

    expect(timeline(events)).toEqual([
      '  0.00 s       order-1     execution started    {}',
      '  0.01 s  1 ┌  invocation  begins',
      '  0.12 s  1 │  approval    callback started     times out after 180 s',
      '  0.15 s  1 └  invocation  suspends',
      '  1.00 s       approval    callback succeeded   yes',
      '  1.00 s  2 ┌  invocation  begins',
      '  1.20 s  2 │  pay         step started',
      '  1.30 s  2 │  pay         step failed          attempt 1, again in 2 s: Busy: try later',
      '  1.31 s  2 └  invocation  suspends',
      '  3.31 s  3 ┌  invocation  begins',
      '  3.40 s  3 │  pay         step started',
      '  3.50 s  3 └  invocation  fails                Runtime.ExitError: Runtime exited with error: signal: SIGKILL',
      '  3.50 s  4 ┌  invocation  begins',
      '  3.60 s  4 │  pay         step succeeded       attempt 2: 7',
      '  3.61 s  4 │  w           wait started         10 s',
      '  3.62 s  4 └  invocation  suspends',
      ' 13.61 s       w           wait succeeded',
      ' 13.61 s  5 ┌  invocation  begins',
      ' 13.70 s  5 └  invocation  answers',
      ' 13.70 s       order-1     execution succeeded  "ok"',
    ]);
  });

  it('counts what the outside did during an invocation to that invocation', () => {
    events = [];
    add(0, 'ExecutionStarted', { Id: 'e', Name: 'order-1' });
    add(50, 'CallbackFailed', { Id: 'c', CallbackFailedDetails: { Error: { Payload: { ErrorMessage: 'no' } } } });
    invocationEnd(10, 90);
    expect(timeline(events).slice(1)).toEqual([
      '  0.01 s  1 ┌  invocation  begins',
      '  0.05 s  1 │  c           callback failed    Error: no',
      '  0.09 s  1 └  invocation  suspends',
    ]);
  });

  it('shows an invocation that has not ended as its events', () => {
    events = [];
    add(0, 'ExecutionStarted', { Id: 'e', Name: 'order-1' });
    add(20, 'StepFailed', failed('never', 3));
    expect(timeline(events)[1]).toBe(
      '  0.02 s       pay      step failed        attempt 3, no further attempt: Busy: never',
    );
  });

  it('shows when a condition is looked at again', () => {
    events = [];
    add(0, 'ExecutionStarted', { Id: 'e', Name: 'order-1' });
    add(20, 'StepSucceeded', notYet('"running"', 1, 4));
    expect(timeline(events)[1]).toBe('  0.02 s       job      step succeeded     attempt 1, again in 4 s: "running"');
  });

  it('keeps long payloads on their line', () => {
    events = [];
    add(0, 'ExecutionSucceeded', {
      Id: 'e',
      Name: 'o',
      ExecutionSucceededDetails: { Result: { Payload: `a\n${'b'.repeat(200)}` } },
    });
    expect(timeline(events)).toEqual([expect.stringMatching(/ {2}a b{69}…$/)]);
  });

  it('is empty for an empty history', () => {
    expect(timeline([])).toEqual([]);
  });
});

describe('awaited', () => {
  it('names open callbacks, waits and retries, and nothing that has ended', () => {
    events = [];
    add(0, 'ExecutionStarted', { Id: 'e', Name: 'order-1' });
    add(1, 'CallbackStarted', { Id: 'c', Name: 'approval', CallbackStartedDetails: { CallbackId: 'x', Timeout: 180 } });
    add(1, 'CallbackStarted', { Id: 'd', Name: 'review', CallbackStartedDetails: { CallbackId: 'y' } });
    add(2, 'WaitStarted', {
      Id: 'w',
      Name: 'pause',
      WaitStartedDetails: { Duration: 10, ScheduledEndTimestamp: new Date() },
    });
    add(2, 'ChainedInvokeStarted', { Id: 'b', Name: 'bill', ChainedInvokeStartedDetails: { FunctionName: 'bills' } });
    add(3, 'StepFailed', failed('try later', 1, 4));
    add(3, 'StepSucceeded', notYet('"running"', 2, 8));
    const all = [
      'waits for callback approval, at most 180 s',
      'waits for callback review',
      'waits 10 s: pause',
      'waits for function bills: bill',
      'tries pay again in 4 s: try later',
      'looks at job again in 8 s',
    ];
    expect(awaited(events)).toEqual(all);
    add(4, 'CallbackSucceeded', { Id: 'c' });
    const StepSucceededDetails = { Result: {}, RetryDetails: { CurrentAttempt: 3 } };
    add(4, 'StepSucceeded', { Id: 'p', StepSucceededDetails });
    add(4, 'StepSucceeded', { Id: 'j', StepSucceededDetails });
    expect(awaited(events)).toEqual([all[1], all[2], all[3]]);
    add(5, 'CallbackTimedOut', { Id: 'd' });
    add(5, 'WaitSucceeded', { Id: 'w' });
    add(5, 'ChainedInvokeTimedOut', { Id: 'b' });
    expect(awaited(events)).toEqual([]);
  });
});
