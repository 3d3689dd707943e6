import type { Clock } from '@middy-durable/protocol';
import { scopes } from '../engine/frame.ts';
import { type ExecutionHome, never } from '../engine/invocation.ts';
import { toMillis } from '../engine/operation-call.ts';
import type { OutcomeHook } from '../engine/outcome-hooks.ts';
import { executionRecord } from '../engine/run-invocation.ts';
import type { PartialLambdaContext } from '../lambda-context.ts';
import { type Decision, recordedDecision } from '../operations/recorded-decision.ts';
import { adoptIdempotencyKey } from '../operations/step-body.ts';

/** The execution around the running code, for packages that decide something about it as a whole. */
export interface CurrentExecution {
  readonly durableExecutionArn: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Of the process that runs it. */
  readonly clock: Clock;
  /** Of the invocation that runs it. */
  readonly lambdaContext: PartialLambdaContext;
  /** It lives in this one invocation (`mode: 'observe'`), whatever of it is on record. */
  readonly isObserved: boolean;
  /** Where it is kept; undefined where only its transport is known. */
  readonly home: ExecutionHome | undefined;
  /**
   * The step whose body is running: an id of its own, the same for every attempt and replay. Undefined outside of bodies.
   */
  readonly step: { readonly id: string; readonly attempt: number } | undefined;
  /**
   * Runs `hook` when the handler and all its middlewares have ended, before the answer is given: what it resolves to is the
   * outcome. Not run when the execution is suspended or the invocation fails. Rejecting fails the invocation, which is tried
   * again.
   */
  beforeAnswer(hook: OutcomeHook): void;
  /** Decides something once per execution: what `decide` wants recorded, later invocations get from the record. */
  decide<T>(name: string, decide: () => Promise<Decision<T>>): Promise<T>;
  /**
   * Ends this invocation without an outcome, so that it is tried again: for failures that are nothing of the execution's. The
   * promise never settles.
   */
  retryInvocation(error: unknown): Promise<never>;
  /** What the API behind the running step is told, in place of the key that is derived from the step. */
  adoptIdempotencyKey(key: string): void;
}

/**
 * The execution that the calling code runs in; `undefined` outside of durable executions.
 * @example currentExecution()?.beforeAnswer(async (outcome) => outcome);
 */
export function currentExecution(): CurrentExecution | undefined {
  const scope = scopes.getStore();
  if (!scope) return undefined;
  const { context, body } = scope;
  const { invocation } = context;
  const record = executionRecord(invocation);
  return {
    durableExecutionArn: invocation.arn,
    startedAt: record ? toMillis(record.StartTimestamp) : invocation.runtime.now(),
    clock: invocation.runtime,
    lambdaContext: invocation.lambdaContext,
    isObserved: !invocation.suspends,
    home: invocation.home,
    step: body && { id: body.call.id, attempt: body.attempt },
    beforeAnswer: (hook) => invocation.outcomeHooks.add(hook),
    decide: (name, decide) => recordedDecision(context, name, decide),
    retryInvocation(error) {
      invocation.end({ kind: 'throw', error });
      return never();
    },
    adoptIdempotencyKey(key) {
      if (body) adoptIdempotencyKey(body.context, key);
    },
  };
}
