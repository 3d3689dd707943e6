import { InvalidParameterValueException, staleToken } from '../errors.ts';
import type { RunEvent } from '../events.ts';
import type { OperationUpdate } from '../wire.ts';
import { executionUpdateProblem, identityProblem, RepeatGuard } from './batch-rules.ts';
import { Draft } from './draft.ts';
import type { OperationState } from './event-rules.ts';
import { oversizedError, oversizedPayload, type PayloadLimits, SERVICE_LIMITS } from './payload-size.ts';
import { isPresent } from './present.ts';
import type { RunState } from './run-state.ts';
import { transitionFor } from './transitions.ts';
import { checkShape } from './update-shape.ts';

/** What a decision takes from outside, so that it stays a pure function. */
export interface DecideContext {
  /** Epoch milliseconds: the one moment of the whole batch. */
  at: number;
  /** Makes the id of a callback for the operation that starts it. */
  callbackId(operationId: string): string;
  /** Largest payloads, in bytes of UTF-8. Default: the service's (`limits.ts`). */
  limits?: Partial<PayloadLimits> | undefined;
  /** Where the function lives. With it, chained invokes of other accounts and regions are refused. */
  home?: { region: string; account: string } | undefined;
}

/** The update that a batch was refused for: the `cause` of the error. */
export interface RefusedUpdate {
  /** Position in the batch, from 0. */
  readonly index: number;
  readonly id: string;
  readonly type: string;
  readonly action: string;
  /** Status of the operation at that point; absent when there is none. */
  readonly status?: string | undefined;
}

/**
 * The events that a batch of updates makes, in order. Each update is judged on what those before it leave, so a START
 * and its close may travel together. The state does not change: `evolve` applies the events once they are stored.
 *
 * Throws for the first rule that is broken, and then the whole batch is refused: ValidationException for a member
 * that breaks a length, pattern or range; InvalidParameterValueException, with a {@link RefusedUpdate} as cause, for a
 * rule of the state machine; the error of a stale token when the execution has ended.
 *
 * @example
 * const events = decide(state, [{ Id: 'a', Type: 'STEP', Action: 'START' }], { at: clock.now(), callbackId });
 * // [{ type: 'StepStarted', at: 1767225600000, id: 'a' }]
 */
export function decide(state: RunState, updates: readonly OperationUpdate[], context: DecideContext): RunEvent[] {
  checkShape(updates);
  if (state.status !== 'RUNNING') throw staleToken(`execution ${state.executionId} has ended (${state.status})`);
  const batchProblem = executionUpdateProblem(updates);
  if (batchProblem !== undefined) throw new InvalidParameterValueException(batchProblem);

  const limits = context.limits === undefined ? SERVICE_LIMITS : { ...SERVICE_LIMITS, ...context.limits };
  const draft = new Draft(state);
  const repeats = new RepeatGuard();
  for (const [index, update] of updates.entries()) {
    // The execution is one operation, whatever Id its update carries.
    const target = update.Type === 'EXECUTION' ? state.executionId : update.Id;
    const status = draft.get(target)?.Status;
    const verdict =
      updateProblem(update, draft, repeats, limits) ?? applyTransition(update, status ?? 'ABSENT', context);
    if (typeof verdict === 'string') {
      const cause: RefusedUpdate = { index, id: target, type: update.Type, action: update.Action, status };
      throw new InvalidParameterValueException(verdict, { cause });
    }
    for (const event of verdict) draft.add(event);
  }
  return draft.events;
}

/** Rules that don't ask what the update does: its id, its place in the batch, its metadata, its size. */
function updateProblem(
  update: OperationUpdate,
  draft: Draft,
  repeats: RepeatGuard,
  limits: PayloadLimits,
): string | undefined {
  if (!update.Id) return 'Operation update must have an Id.';
  const misplaced =
    update.Type === 'EXECUTION' ? undefined : (repeats.problem(update) ?? identityProblem(update, draft));
  if (misplaced !== undefined) return misplaced;
  const oversized = isPresent(update.Error) ? oversizedError(update.Error, limits) : undefined;
  return oversized ?? (isPresent(update.Payload) ? oversizedPayload(update.Type, update.Payload, limits) : undefined);
}

/**
 * The events of the update, or why it is refused: there is no such action, it lacks its option, its operation is in no
 * state for it, its arguments don't fit.
 */
function applyTransition(
  update: OperationUpdate,
  current: OperationState,
  context: DecideContext,
): RunEvent[] | string {
  const transition = transitionFor(update.Type, update.Action);
  if (typeof transition === 'string') return transition;
  const missing = transition.option?.(update, context);
  if (missing !== undefined) return missing;
  if (!transition.from.includes(current)) return transition.otherwise;
  for (const rule of transition.rules ?? []) {
    const broken = rule(update, context);
    if (broken !== undefined) return broken;
  }
  return transition.events(update, current, context);
}
