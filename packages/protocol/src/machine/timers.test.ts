import { describe, expect, it } from '@jest/globals';
import { checkpoint, runAfter, START } from '../../test-support/run.ts';
import type { CallbackOptions } from '../wire.ts';
import { evolve } from './evolve.ts';
import { callbackTimeout, dueEvents, nextTimer } from './timers.ts';

const seconds = (n: number) => START + n * 1000;

describe('timers', () => {
  it('fall due at their second and not before', () => {
    const state = runAfter({ type: 'WaitStarted', at: START, id: 'w', seconds: 5 });
    expect(nextTimer(state)).toBe(seconds(5));
    expect(dueEvents(state, seconds(5) - 1)).toEqual([]);
    expect(dueEvents(state, seconds(5))).toEqual([{ type: 'WaitSucceeded', id: 'w', at: seconds(5) }]);
  });

  it('fire by due time, then in order of start, at the time they are looked at', () => {
    const state = runAfter(
      { type: 'StepStarted', at: START, id: 'first' },
      { type: 'WaitStarted', at: START, id: 'late', seconds: 9 },
      { type: 'WaitStarted', at: START, id: 'second', seconds: 5 },
      { type: 'WaitStarted', at: START, id: 'early', seconds: 2 },
      { type: 'WaitStarted', at: START, id: 'far', seconds: 60 },
      // Armed last, due with `second`, started first.
      { type: 'StepFailed', at: START, id: 'first', nextAttemptDelay: 5 },
    );
    expect(dueEvents(state, seconds(10))).toEqual([
      { type: 'WaitSucceeded', id: 'early', at: seconds(10) },
      { type: 'StepReady', id: 'first', at: seconds(10) },
      { type: 'WaitSucceeded', id: 'second', at: seconds(10) },
      { type: 'WaitSucceeded', id: 'late', at: seconds(10) },
    ]);
    for (const event of dueEvents(state, seconds(10))) evolve(state, event);
    expect(nextTimer(state)).toBe(seconds(60));
    expect(dueEvents(state, seconds(10))).toEqual([]);
  });

  it('are none for callbacks, chained invokes and steps that run', () => {
    const state = runAfter(
      { type: 'StepStarted', at: START, id: 'a' },
      { type: 'CallbackStarted', at: START, id: 'k', callbackId: 'cb', timeout: 1 },
      { type: 'ChainedInvokeStarted', at: START, id: 'i', functionName: 'other' },
    );
    expect(nextTimer(state)).toBeUndefined();
    expect(dueEvents(state, seconds(100))).toEqual([]);
  });

  it('end with the execution', () => {
    const state = runAfter(
      { type: 'WaitStarted', at: START, id: 'w', seconds: 5 },
      { type: 'CallbackStarted', at: START, id: 'k', callbackId: 'cb', timeout: 5 },
      { type: 'ExecutionStopped', at: START },
    );
    expect(nextTimer(state)).toBeUndefined();
    expect(dueEvents(state, seconds(5))).toEqual([]);
    expect(callbackTimeout(state, 'k')).toBeUndefined();
  });
});

describe('the timeout of a callback', () => {
  const timeout = { ErrorMessage: 'Callback timed out', ErrorType: 'Callback.Timeout' };
  const heartbeat = { ErrorMessage: 'Callback timed out on heartbeat', ErrorType: 'Callback.Heartbeat' };

  it.each<[CallbackOptions, number | undefined, object | undefined]>([
    [{}, undefined, undefined],
    [{ TimeoutSeconds: 0, HeartbeatTimeoutSeconds: 0 }, undefined, undefined],
    [{ TimeoutSeconds: 60 }, undefined, { at: seconds(60), error: timeout }],
    [{ TimeoutSeconds: 60 }, seconds(50), { at: seconds(60), error: timeout }],
    [{ HeartbeatTimeoutSeconds: 10 }, undefined, { at: seconds(10), error: heartbeat }],
    [{ HeartbeatTimeoutSeconds: 10 }, seconds(8), { at: seconds(18), error: heartbeat }],
    // A clock that ran backwards never shortens the first heartbeat.
    [{ HeartbeatTimeoutSeconds: 10 }, seconds(-8), { at: seconds(10), error: heartbeat }],
    [{ TimeoutSeconds: 60, HeartbeatTimeoutSeconds: 10 }, undefined, { at: seconds(10), error: heartbeat }],
    [{ TimeoutSeconds: 60, HeartbeatTimeoutSeconds: 10 }, seconds(49), { at: seconds(59), error: heartbeat }],
    [{ TimeoutSeconds: 60, HeartbeatTimeoutSeconds: 10 }, seconds(50), { at: seconds(60), error: timeout }],
    [{ TimeoutSeconds: 60, HeartbeatTimeoutSeconds: 10 }, seconds(55), { at: seconds(60), error: timeout }],
  ])('with %j and a heartbeat at %p is %j', (CallbackOptions, heartbeatAt, expected) => {
    const state = runAfter();
    checkpoint(state, [{ Id: 'k', Type: 'CALLBACK', Action: 'START', CallbackOptions }]);
    expect(callbackTimeout(state, 'k', heartbeatAt)).toEqual(expected);
  });

  it('is none once the callback is complete, or when there is no callback', () => {
    const state = runAfter(
      { type: 'CallbackStarted', at: START, id: 'k', callbackId: 'cb', timeout: 5 },
      { type: 'CallbackSucceeded', at: START, id: 'k' },
    );
    expect(callbackTimeout(state, 'k')).toBeUndefined();
    expect(callbackTimeout(state, 'nobody')).toBeUndefined();
    expect(callbackTimeout(state, '__proto__')).toBeUndefined();
  });
});
