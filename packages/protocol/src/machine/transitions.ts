import type { RunEvent } from '../events.ts';
import type { OperationAction, OperationType, OperationUpdate } from '../wire.ts';
import type { DecideContext } from './decide.ts';
import type { OperationState } from './event-rules.ts';
import {
  call,
  failure,
  identity,
  nextAttempt,
  replayChildren,
  result,
  startIfAbsent,
  timeouts,
} from './update-events.ts';
import {
  chainedInvokeOptions,
  delay,
  noDelay,
  noError,
  noPayload,
  payloadOrError,
  target,
  tenant,
  type UpdateRule,
  waitSeconds,
} from './update-rules.ts';

/** What one action does to operations of one type. Its rules are tried in the order of the members. */
export interface Transition {
  /** An option without which the action means nothing. */
  readonly option?: UpdateRule;
  /** The states from which the action may start, and the answer in all others. */
  readonly from: readonly OperationState[];
  readonly otherwise: string;
  readonly rules?: readonly UpdateRule[];
  readonly events: (update: OperationUpdate, state: OperationState, context: DecideContext) => RunEvent[];
}

// Closing what never started is accepted, as the official emulators do; the start is then logged with it.
const closeStep = { from: ['STARTED', 'READY', 'ABSENT'], otherwise: 'Invalid current STEP state to close.' } as const;
const closeContext = { from: ['STARTED', 'ABSENT'], otherwise: 'Invalid current CONTEXT state to close.' } as const;
// Never seen by a function: the token of a closed execution is refused first.
const closeExecution = { from: ['STARTED'], otherwise: 'Invalid current EXECUTION state to close.' } as const;

type Transitions = { readonly [Type in OperationType]: { readonly [Action in OperationAction]?: Transition } };

/** Every action that an operation of a type takes. An action that is not here is refused. */
// A pure call: functions, which never decide, are bundled without the table.
const TRANSITIONS: Transitions = /* @__PURE__ */ ((): Transitions => ({
  EXECUTION: {
    SUCCEED: {
      ...closeExecution,
      rules: [noError],
      events: ({ Payload }, _state, { at }) => [{ type: 'ExecutionSucceeded', at, ...result(Payload) }],
    },
    FAIL: {
      ...closeExecution,
      rules: [noPayload],
      events: ({ Error: error }, _state, { at }) => [{ type: 'ExecutionFailed', at, ...failure(error) }],
    },
  },
  CONTEXT: {
    START: {
      from: ['ABSENT'],
      otherwise: alreadyExists('CONTEXT'),
      events: (update, _state, { at }) => [{ type: 'ContextStarted', at, ...identity(update) }],
    },
    SUCCEED: {
      ...closeContext,
      rules: [noError],
      events: (update, state, { at }) => [
        ...startIfAbsent('ContextStarted', update, state, at),
        { type: 'ContextSucceeded', at, id: update.Id, ...result(update.Payload), ...replayChildren(update) },
      ],
    },
    FAIL: {
      ...closeContext,
      rules: [noPayload],
      events: (update, state, { at }) => [
        ...startIfAbsent('ContextStarted', update, state, at),
        { type: 'ContextFailed', at, id: update.Id, ...failure(update.Error), ...replayChildren(update) },
      ],
    },
  },
  STEP: {
    START: {
      from: ['ABSENT', 'READY'],
      otherwise: 'Invalid current STEP state to start.',
      rules: [noDelay],
      // A further attempt keeps the metadata of the first.
      events: (update, state, { at }) => [
        state === 'ABSENT'
          ? { type: 'StepStarted', at, ...identity(update) }
          : { type: 'StepStarted', at, id: update.Id },
      ],
    },
    SUCCEED: {
      ...closeStep,
      rules: [noDelay, noError],
      events: (update, state, { at }) => [
        ...startIfAbsent('StepStarted', update, state, at),
        { type: 'StepSucceeded', at, id: update.Id, ...result(update.Payload) },
      ],
    },
    FAIL: {
      ...closeStep,
      rules: [noDelay, noPayload],
      events: (update, state, { at }) => [
        ...startIfAbsent('StepStarted', update, state, at),
        { type: 'StepFailed', at, id: update.Id, ...failure(update.Error) },
      ],
    },
    RETRY: {
      from: ['STARTED', 'READY', 'ABSENT'],
      otherwise: 'Invalid current STEP state to re-attempt.',
      rules: [delay, payloadOrError],
      events: (update, state, { at }) => [...startIfAbsent('StepStarted', update, state, at), nextAttempt(update, at)],
    },
  },
  WAIT: {
    START: {
      option: waitSeconds,
      from: ['ABSENT'],
      otherwise: alreadyExists('WAIT'),
      events: (update, _state, { at }) => [
        { type: 'WaitStarted', at, ...identity(update), seconds: update.WaitOptions?.WaitSeconds as number },
      ],
    },
    CANCEL: {
      from: ['STARTED'],
      otherwise: 'Cannot cancel a WAIT that does not exist or has already completed.',
      events: ({ Id: id, Error: error }, _state, { at }) => [{ type: 'WaitCancelled', at, id, ...failure(error) }],
    },
  },
  CALLBACK: {
    START: {
      from: ['ABSENT'],
      otherwise: alreadyExists('CALLBACK'),
      events: (update, _state, context) => [
        {
          type: 'CallbackStarted',
          at: context.at,
          ...identity(update),
          callbackId: context.callbackId(update.Id),
          ...timeouts(update),
        },
      ],
    },
  },
  CHAINED_INVOKE: {
    START: {
      option: chainedInvokeOptions,
      from: ['ABSENT'],
      otherwise: alreadyExists('CHAINED_INVOKE'),
      rules: [target, tenant],
      events: (update, _state, { at }) => [{ type: 'ChainedInvokeStarted', at, ...identity(update), ...call(update) }],
    },
  },
}))();

/** The transition that `action` makes in an operation of `type`, or why there is none. */
export function transitionFor(type: OperationType, action: OperationAction): Transition | string {
  // Both come from outside: names such as `constructor` must find nothing.
  if (!Object.hasOwn(TRANSITIONS, type)) return 'Unknown operation type.';
  const actions = TRANSITIONS[type];
  const transition = Object.hasOwn(actions, action) ? actions[action] : undefined;
  return transition ?? 'Invalid action for the given operation type.';
}

function alreadyExists(type: OperationType): string {
  return `Cannot start a ${type} operation that already exists.`;
}
