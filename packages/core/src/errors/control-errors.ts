import type { Divergence } from '@middy-durable/protocol';

/** Errors that end an invocation or the execution instead of reaching user code. Texts and names are the official SDK's. */

const EXECUTION_PREFIX = '[Unrecoverable Execution] ';
const INVOCATION_PREFIX = '[Unrecoverable Invocation] ';

/** The code took another path than the one on record. The execution fails, before any body runs. */
export class NonDeterministicExecutionError extends Error {
  static override readonly name: string = 'NonDeterministicExecutionError';
  /** What stands where; not enumerable, so that no log prints it twice. @internal */
  readonly divergence: Divergence | undefined;
  constructor(detail: string, divergence?: Divergence) {
    super(`${EXECUTION_PREFIX}Non-deterministic execution detected: ${detail}`);
    this.name = NonDeterministicExecutionError.name;
    Object.defineProperty(this, 'divergence', { value: divergence });
  }
}

/** The error for a call that is not the one on record. `expected` is the record's, `actual` the code's. */
export function operationMismatch(
  property: 'type' | 'name' | 'subtype',
  rawId: string,
  expected: string | undefined,
  actual: string | undefined,
  divergence?: Divergence,
): NonDeterministicExecutionError {
  return new NonDeterministicExecutionError(
    `Operation ${property} mismatch for step "${rawId}". Expected ${property} "${expected}", but got "${actual}". ` +
      'This indicates non-deterministic control flow in your workflow code.',
    divergence,
  );
}

/** A context was used where another one is active. The execution fails; its stored type is `Error`. */
export class ContextUsageError extends Error {
  constructor(method: string, activeContextId: string, ownContextId: string | undefined) {
    super(
      `Context usage error in "${method}": You are using a parent or sibling context instead of the current child ` +
        `context. Expected context ID: "${activeContextId}", but got: "${ownContextId}". When inside ` +
        'runInChildContext(), you must use the child context parameter, not the parent context.',
    );
  }
}

/** A checkpoint was refused in a way that no retry heals: the execution fails. */
export class CheckpointUnrecoverableExecutionError extends Error {
  static override readonly name: string = 'CheckpointUnrecoverableExecutionError';
  /** `advice`: a sentence for whoever finds the execution failed. */
  constructor(cause: unknown, advice?: string) {
    super(`${EXECUTION_PREFIX}Checkpoint failed: ${messageOf(cause)}${advice ? ` (${advice})` : ''}`, { cause });
    this.name = CheckpointUnrecoverableExecutionError.name;
  }
}

/** A checkpoint failed in a way that another invocation may not meet: this one throws and is retried. */
export class CheckpointUnrecoverableInvocationError extends Error {
  static override readonly name: string = 'CheckpointUnrecoverableInvocationError';
  constructor(cause: unknown) {
    super(`${INVOCATION_PREFIX}Checkpoint failed: ${messageOf(cause)}`, { cause });
    this.name = CheckpointUnrecoverableInvocationError.name;
  }
}

/** A value can't be stored or read back. Fails that one operation; user code meets it as the `cause` of its error. */
export class SerdesFailedError extends Error {
  static override readonly name: string = 'SerdesFailedError';
  constructor(
    direction: 'Serialization' | 'Deserialization',
    operationName: string | undefined,
    rawId: string,
    cause: unknown,
  ) {
    const step = operationName === undefined ? `(${rawId})` : `"${operationName}" (${rawId})`;
    super(`${direction} failed for step ${step}: ${messageOf(cause)}`, { cause });
    this.name = SerdesFailedError.name;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
