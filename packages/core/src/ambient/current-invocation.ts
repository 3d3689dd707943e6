import type { StepWrapper } from '../engine/body-wrappers.ts';
import type { EndHook } from '../engine/departure.ts';
import { scopes } from '../engine/frame.ts';
import type { Invocation } from '../engine/invocation.ts';
import type { InvocationObserver } from '../engine/observers.ts';
import { BodyPlace, type Passing } from '../engine/passing.ts';
import { logData } from '../logging/log-data.ts';
import type { DurableLogData } from '../logging/types.ts';

/**
 * The invocation of a durable execution that the running code belongs to: for what counts, logs or traces without having a
 * context. One object for each invocation.
 */
export interface ObservedInvocation {
  readonly executionArn: string;
  /** Nothing was on record when it began. */
  readonly isFirstInvocation: boolean;
  /**
   * The code that runs now has run in an earlier invocation. Never true in the body of a step, which only runs when it really
   * runs.
   */
  readonly isReplaying: boolean;
  /**
   * True while the code that asks does again what an earlier invocation has done, or runs although it was left behind and the
   * next invocation does the same. Never in the body of a step. What is to be seen at once and once, such as a log line, is
   * left out then. It differs from `isReplaying` at the edge of what is on record:
   *
   * A context that has more on record has passed where it is. Behind its last record: what follows an old outcome without
   * waiting for anything else repeats if the invocation before answered, or recorded more after that outcome. What died
   * before that, and what waits for something that is not durable, counts as new.
   */
  readonly isRepeating: boolean;
  /** What a log line of the running code should carry. */
  readonly logData: DurableLogData;
  /**
   * `running`; `departing` in what middlewares do when user code is left behind (`onSuspend`); `over` in code that was left
   * behind.
   */
  readonly phase: 'running' | 'departing' | 'over';
  /**
   * The place in the code that runs now. It is passed when what makes the code run no more is on record: for the body of a
   * step the outcome of this attempt, elsewhere an operation that the context calls later, or its end. From then on
   * `passedBefore` is true there in every later invocation. What `onSuspend` hooks do is passed at once.
   */
  place(): Passing;
  /** Tells `observer` what becomes of this invocation. */
  observe(observer: InvocationObserver): void;
  /** As the middleware `aroundStep`, for the steps that begin from now on. */
  aroundStep(wrapper: StepWrapper): void;
  /**
   * Runs `hook` when user code is over in this invocation, whichever way. Hooks run in reverse order and together may take 5
   * seconds. One that throws is a warning.
   */
  onEnd(hook: EndHook): void;
}

/**
 * The invocation that the caller runs in; `undefined` outside of durable executions.
 * @example
 * // Prints each line once, wherever it is called.
 * const lines = [];
 * const note = (text) => currentDurableInvocation()?.isReplaying || lines.push(text);
 * note('outside') // => 1
 */
export function currentDurableInvocation(): ObservedInvocation | undefined {
  const invocation = scopes.getStore()?.context.invocation;
  if (!invocation) return undefined;
  invocation.view ??= new InvocationView(invocation);
  return invocation.view;
}

class InvocationView implements ObservedInvocation {
  readonly #invocation: Invocation;
  readonly isFirstInvocation: boolean;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
    this.isFirstInvocation = scopes.getStore()?.context.executionContext.isFirstInvocation ?? false;
  }

  get executionArn(): string {
    return this.#invocation.arn;
  }

  get isReplaying(): boolean {
    const scope = scopes.getStore();
    return scope !== undefined && !scope.body && !scope.departing && scope.context.isReplaying;
  }

  get isRepeating(): boolean {
    const scope = scopes.getStore();
    return scope !== undefined && this.#invocation.repetition.of(scope);
  }

  get logData(): DurableLogData {
    return logData(this.#invocation);
  }

  get phase(): 'running' | 'departing' | 'over' {
    const scope = scopes.getStore();
    if (scope?.departing) return 'departing';
    return this.#invocation.live && scope?.frame.live !== false ? 'running' : 'over';
  }

  place(): Passing {
    const scope = scopes.getStore();
    if (!scope) return { passedBefore: false, passed: false };
    const { body, frame, context, departing } = scope;
    if (departing) return { passedBefore: false, passed: true };
    return body ? new BodyPlace(this.#invocation.log, frame, body.call, body.attempt) : context.position();
  }

  observe(observer: InvocationObserver): void {
    this.#invocation.observers.add(observer);
  }

  aroundStep(wrapper: StepWrapper): void {
    this.#invocation.bodyWrappers.add(wrapper);
  }

  onEnd(hook: EndHook): void {
    this.#invocation.departure.onEnd(hook);
  }
}
