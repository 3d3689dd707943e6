import { describe, expect, it } from '@jest/globals';
import { invocation } from '../../test-support/arbitrary-run.ts';
import { EXECUTION_STARTED, START } from '../../test-support/run.ts';
import type { OperationEvent, RunEvent } from '../events.ts';
import { evolve } from './evolve.ts';
import { openRun, type RunState } from './run-state.ts';
import { seedEvents } from './seed.ts';

const NOW = START + 3_600_000;
let at = START;

type Body = Record<string, unknown>;
const event = (type: OperationEvent['type'], id: string, more: Body = {}): RunEvent => {
  at += 1000;
  return { type, id, at, ...more } as RunEvent;
};
const error = { ErrorType: 'E', ErrorMessage: 'once' };

/** Events of an operation, by its name in the tables below. */
const step = (id: string, outcome: 'ok' | 'failed' | 'open', parentId?: string): RunEvent[] => [
  event('StepStarted', id, { parentId, name: id }),
  ...(outcome === 'ok' ? [event('StepSucceeded', id, { result: `"${id}"` })] : []),
  ...(outcome === 'failed' ? [event('StepFailed', id, { error })] : []),
];
const open = (id: string, subType = 'RunInChildContext', parentId?: string): RunEvent =>
  event('ContextStarted', id, { parentId, subType });
const ok = (id: string, more: Body = {}): RunEvent => event('ContextSucceeded', id, { result: `"${id}"`, ...more });
const failed = (id: string): RunEvent => event('ContextFailed', id, { error });
const callback = (id: string, parentId?: string): RunEvent =>
  event('CallbackStarted', id, { parentId, callbackId: `callback-of-${id}`, timeout: 60 });
const invoke = (id: string, parentId?: string): RunEvent =>
  event('ChainedInvokeStarted', id, { parentId, functionName: 'bills' });
const wait = (id: string, parentId?: string): RunEvent => event('WaitStarted', id, { parentId, seconds: 9 });

const END: RunEvent = { type: 'ExecutionFailed', at: NOW - 1, error };

/** What is left of a failed run, as "operation STATUS". */
function left(...events: (RunEvent | RunEvent[])[]): string[] {
  const log = [EXECUTION_STARTED, ...events.flat(), END];
  const state = fold(seedEvents(log, NOW));
  return [...state.operations.values()].slice(1).map(({ Id, Status }) => `${Id} ${Status}`);
}

function fold(seed: RunEvent[]): RunState {
  const state = openRun({ ...EXECUTION_STARTED, id: 'execution-2', at: NOW });
  for (const one of seed) evolve(state, one);
  return state;
}

describe('what a run is resumed with', () => {
  it.each<[string, (RunEvent | RunEvent[])[], string[]]>([
    ['nothing of an empty run', [], []],
    ['steps that succeeded', [step('a', 'ok'), step('b', 'ok')], ['a SUCCEEDED', 'b SUCCEEDED']],
    ['not the step that failed last', [step('a', 'ok'), step('b', 'failed')], ['a SUCCEEDED']],
    ['a failure that something followed', [step('a', 'failed'), step('b', 'ok')], ['a FAILED', 'b SUCCEEDED']],
    [
      'not a failure that something followed which had begun before',
      [
        event('StepStarted', 'a'),
        event('StepStarted', 'b'),
        event('StepFailed', 'a', { error }),
        event('StepSucceeded', 'b'),
      ],
      ['b SUCCEEDED'],
    ],
    ['a failure followed by what was not finished', [step('a', 'failed'), step('b', 'open')], ['a FAILED']],
    [
      'not a step between two attempts',
      [event('StepStarted', 'a'), event('StepFailed', 'a', { error, nextAttemptDelay: 60 })],
      [],
    ],
    [
      'a step with all its attempts',
      [
        event('StepStarted', 'a'),
        event('StepFailed', 'a', { error, nextAttemptDelay: 1 }),
        event('StepReady', 'a'),
        event('StepStarted', 'a'),
        event('StepSucceeded', 'a'),
      ],
      ['a SUCCEEDED'],
    ],
    ['waits that are over', [wait('w'), event('WaitSucceeded', 'w'), wait('x')], ['w SUCCEEDED']],
    [
      'waits that were cancelled, at the end, too',
      [wait('w'), event('WaitCancelled', 'w', { error })],
      ['w CANCELLED'],
    ],
    ['callbacks with an answer', [callback('k'), event('CallbackSucceeded', 'k'), callback('l')], ['k SUCCEEDED']],
    [
      'callbacks with any outcome, at the end, too',
      [
        callback('k'),
        event('CallbackFailed', 'k', { error }),
        callback('l'),
        event('CallbackTimedOut', 'l', { error }),
      ],
      ['k FAILED', 'l TIMED_OUT'],
    ],
    [
      'chained invokes that succeeded, and failed ones that something followed',
      [invoke('i'), event('ChainedInvokeTimedOut', 'i', { error }), invoke('j'), event('ChainedInvokeSucceeded', 'j')],
      ['i TIMED_OUT', 'j SUCCEEDED'],
    ],
    ['not the chained invoke that failed last', [invoke('i'), event('ChainedInvokeStopped', 'i', { error })], []],
    ['not a chained invoke without an outcome', [invoke('i')], []],
    [
      'an open context with what was completed in it',
      [open('c'), step('a', 'ok', 'c'), step('b', 'failed', 'c')],
      ['c STARTED', 'a SUCCEEDED'],
    ],
    [
      'a context that failed last, open again',
      [open('c'), step('a', 'ok', 'c'), step('b', 'failed', 'c'), failed('c')],
      ['c STARTED', 'a SUCCEEDED'],
    ],
    [
      'a context whose failure was handled, as it is',
      [open('c'), step('a', 'ok', 'c'), step('b', 'failed', 'c'), step('d', 'open', 'c'), failed('c'), step('e', 'ok')],
      ['c FAILED', 'a SUCCEEDED', 'b FAILED', 'e SUCCEEDED'],
    ],
    [
      'a failure in a context that handled it, although the context is open again',
      [open('c'), step('a', 'failed', 'c'), step('b', 'ok', 'c'), step('d', 'failed', 'c'), failed('c')],
      ['c STARTED', 'a FAILED', 'b SUCCEEDED'],
    ],
    [
      'a context that succeeded after a failure in it',
      [open('c'), step('a', 'failed', 'c'), ok('c')],
      ['c SUCCEEDED', 'a FAILED'],
    ],
    [
      'contexts in contexts',
      [
        open('c'),
        open('d', 'RunInChildContext', 'c'),
        step('a', 'ok', 'd'),
        step('b', 'failed', 'd'),
        failed('d'),
        failed('c'),
      ],
      ['c STARTED', 'd STARTED', 'a SUCCEEDED'],
    ],
    [
      'a map with its finished items; failed ones are open again, whenever they failed',
      [
        open('m', 'Map'),
        open('1', 'MapIteration', 'm'),
        step('1a', 'ok', '1'),
        step('1b', 'failed', '1'),
        failed('1'),
        open('2', 'MapIteration', 'm'),
        step('2a', 'ok', '2'),
        ok('2'),
        open('3', 'MapIteration', 'm'),
        step('3a', 'open', '3'),
        failed('m'),
      ],
      ['m STARTED', '1 STARTED', '1a SUCCEEDED', '2 SUCCEEDED', '2a SUCCEEDED', '3 STARTED'],
    ],
    [
      'a map that succeeded with failed items, open again where it was the last',
      [
        open('m', 'Map'),
        open('1', 'MapIteration', 'm'),
        step('1a', 'failed', '1'),
        failed('1'),
        open('2', 'MapIteration', 'm'),
        ok('2'),
        ok('m'),
      ],
      ['m STARTED', '1 STARTED', '2 SUCCEEDED'],
    ],
    [
      'the same map as it is where something followed it',
      [
        open('m', 'Map'),
        open('1', 'MapIteration', 'm'),
        step('1a', 'failed', '1'),
        failed('1'),
        ok('m'),
        step('after', 'failed'),
      ],
      ['m SUCCEEDED', '1 FAILED', '1a FAILED'],
    ],
    [
      'a parallel that succeeded altogether, as it is',
      [open('p', 'Parallel'), open('1', 'ParallelBranch', 'p'), step('1a', 'ok', '1'), ok('1'), ok('p')],
      ['p SUCCEEDED', '1 SUCCEEDED', '1a SUCCEEDED'],
    ],
    [
      'items without a record of their own: what failed in them begins anew',
      [open('m', 'Map'), step('1a', 'failed', 'm'), step('2a', 'ok', 'm'), ok('m')],
      ['m STARTED', '2a SUCCEEDED'],
    ],
    [
      'a waitForCallback without an answer, empty: the new id has to be handed out',
      [open('v', 'WaitForCallback'), callback('k', 'v'), step('s', 'ok', 'v'), step('a', 'failed')],
      ['v STARTED'],
    ],
    [
      'a waitForCallback whose submitter failed, empty',
      [open('v', 'WaitForCallback'), callback('k', 'v'), step('s', 'failed', 'v'), failed('v')],
      ['v STARTED'],
    ],
    [
      'a waitForCallback that was answered with its answer',
      [
        open('v', 'WaitForCallback'),
        callback('k', 'v'),
        event('CallbackSucceeded', 'k'),
        step('s', 'failed', 'v'),
        failed('v'),
      ],
      ['v STARTED', 'k SUCCEEDED'],
    ],
    [
      'a context that is to be built again with all that is in it',
      [
        open('c'),
        step('a', 'failed', 'c'),
        step('b', 'open', 'c'),
        wait('w', 'c'),
        callback('k', 'c'),
        invoke('i', 'c'),
        ok('c', { replayChildren: true }),
      ],
      ['c SUCCEEDED', 'a FAILED', 'b STARTED', 'w STARTED', 'k STARTED', 'i STOPPED'],
    ],
    [
      'a finished context without what never ended in it',
      [
        open('c'),
        open('d', 'RunInChildContext', 'c'),
        step('b', 'open', 'd'),
        wait('w', 'c'),
        invoke('i', 'c'),
        ok('c'),
      ],
      ['c SUCCEEDED', 'd STARTED'],
    ],
  ])('is %s', (_, events, expected) => {
    expect(left(...events)).toEqual(expected);
  });

  it('are the events as they were', () => {
    const kept = [...step('a', 'ok'), callback('k'), event('CallbackSucceeded', 'k', { result: 'yes' })];
    const log = [EXECUTION_STARTED, ...invocation(1, true, START), ...kept, ...step('b', 'failed'), END];
    expect(seedEvents(log, NOW)).toEqual(kept);
  });

  it('takes ids for what they are', () => {
    expect(left(step('__proto__', 'ok'), step('constructor', 'failed'))).toEqual(['__proto__ SUCCEEDED']);
  });

  it('begins with the start of the run', () => {
    expect(() => seedEvents([], NOW)).toThrow('must begin with its start');
    expect(() => seedEvents(step('a', 'ok'), NOW)).toThrow('must begin with its start');
  });

  it('keeps what is known of the code that called them', () => {
    const change: RunEvent = { type: 'CodeChanged', at: START, code: 'v1' };
    const log = [EXECUTION_STARTED, change, ...step('a', 'ok'), ...step('b', 'failed'), END];
    expect(seedEvents(log, NOW).map(({ type }) => type)).toEqual(['CodeChanged', 'StepStarted', 'StepSucceeded']);
    expect(fold(seedEvents(log, NOW)).codes).toEqual([{ code: 'v1', since: START }]);
  });

  it('is linear in the length of the log', () => {
    const many = Array.from({ length: 50_000 }, (_, index) =>
      step(`s${index}`, index % 3 === 0 ? 'failed' : 'ok'),
    ).flat();
    const started = performance.now();
    expect(seedEvents([EXECUTION_STARTED, ...many, END], NOW).length).toBeGreaterThan(90_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
