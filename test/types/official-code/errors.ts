import {
  BatchCompletionError,
  CallbackError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  ChildContextError,
  type DurableContext,
  DurableOperationError,
  type ErrorObject,
  InvokeError,
  PluginLoadError,
  PromiseCombinatorError,
  StepError,
  StepInterruptedError,
  WaitForConditionError,
} from '@aws/durable-execution-sdk-js';

export const made: DurableOperationError[] = [
  new StepError('failed', new Error('why'), 'data'),
  new CallbackError(),
  new CallbackExternalError('refused'),
  new CallbackTimeoutError(),
  new CallbackSubmitterError('not sent', new Error('smtp')),
  new InvokeError(),
  new ChildContextError('child', new StepError()),
  new PromiseCombinatorError(),
  new WaitForConditionError('gave up'),
  new BatchCompletionError('CUSTOM_COMPLETION_FAILED', 'enough failed', new Error('one'), '{}'),
];
export const others: Error[] = [new PluginLoadError('none', { cause: 1 }), new StepInterruptedError('1', 'charge')];

const stored: ErrorObject = { ErrorType: 'StepError', ErrorMessage: 'm', ErrorData: 'd', StackTrace: ['at x'] };
const restored: DurableOperationError = DurableOperationError.fromErrorObject(stored);
export const again: ErrorObject = restored.toErrorObject();

export async function handled(context: DurableContext): Promise<string> {
  try {
    await context.step('charge', async () => Promise.reject(new Error('declined')));
  } catch (error) {
    if (error instanceof StepError) {
      const cause: Error | undefined = error.cause;
      const kind: string = error.errorType;
      return `${kind} ${cause?.name} ${error.errorData} ${error.stackTrace?.length}`;
    }
    if (error instanceof DurableOperationError) return error.errorType;
    if (error instanceof StepInterruptedError) return error.message;
    throw error;
  }
  return 'charged';
}

/** What is told apart by its type tag. */
export function tagged(error: StepError | InvokeError | ChildContextError): string {
  switch (error.errorType) {
    case 'StepError':
      return `step: ${error.message}`;
    case 'InvokeError':
      return `invoke: ${error.message}`;
    default:
      return error.message;
  }
}
