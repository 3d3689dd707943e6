import {
  type CallbackOperations,
  CallbackTimeoutException,
  type ErrorObject,
  InvalidParameterValueException,
} from '@middy-durable/protocol';

/** A callback of the execution under test, seen from the outside. */
export interface TestCallback {
  readonly callbackId: string;
  /** The name of the callback, or of the `waitForCallback` around it. */
  readonly name: string | undefined;
  /**
   * Completes it. The text reaches the code unchanged: `waitForCallback` and `createCallback` hand out raw text unless
   * they were given a serdes. Only records; the execution goes on when the test next waits for something.
   *
   * @throws CallbackTimeoutException when it was completed or timed out before
   */
  succeed(result?: string): Promise<void>;
  /**
   * Completes it with `value` written as JSON, for code that reads its callbacks with a JSON serdes.
   *
   * @throws TypeError for a value that JSON can't hold; CallbackTimeoutException as `succeed`
   */
  succeedJson(value: unknown): Promise<void>;
  /**
   * Fails it. An `Error` is recorded by its name, message and stack.
   *
   * @throws CallbackTimeoutException when it was completed or timed out before
   */
  fail(error?: Error | ErrorObject): Promise<void>;
  /**
   * Starts its heartbeat timeout anew.
   *
   * @throws CallbackTimeoutException when it was completed or timed out before
   */
  heartbeat(): Promise<void>;
}

export function testCallback(
  operations: CallbackOperations,
  callback: { callbackId: string; name: string | undefined; executionName: string },
): TestCallback {
  const { callbackId, name, executionName } = callback;
  const label = `callback ${name === undefined ? '(unnamed)' : `"${name}"`} of execution ${executionName}`;
  const named = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (cause) {
      if (!(cause instanceof CallbackTimeoutException)) throw cause;
      throw new CallbackTimeoutException(`${label}: ${cause.message}`, { cause });
    }
  };
  return {
    callbackId,
    name,
    async succeed(result) {
      if (result !== undefined && typeof result !== 'string') {
        throw new InvalidParameterValueException(
          `${label}: succeed takes text, not ${typeof result}. Use succeedJson for other values.`,
        );
      }
      await named(operations.succeed(callbackId, result));
    },
    async succeedJson(value) {
      await named(operations.succeed(callbackId, jsonText(value, label)));
    },
    fail: (error) => named(operations.fail(callbackId, errorObject(error))),
    heartbeat: () => named(operations.heartbeat(callbackId)),
  };
}

/**
 * @param what as messages name it
 * @throws TypeError for a value that JSON can't hold
 */
export function jsonText(value: unknown, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`${what}: the value can't be written as JSON: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) throw new TypeError(`${what}: ${typeof value} can't be written as JSON.`);
  return text;
}

function errorObject(error: Error | ErrorObject | undefined): ErrorObject | undefined {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  const StackTrace = stack
    ?.split('\n')
    .slice(1)
    .map((line) => line.trim());
  return { ErrorType: name, ErrorMessage: message, ...(StackTrace && { StackTrace }) };
}
