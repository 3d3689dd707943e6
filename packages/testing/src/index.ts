/**
 * Tests of durable handlers: virtual time, callbacks driven from the test, history.
 * @module
 */
export {
  createTestRunner,
  type StartOptions,
  type TestRunner,
  type TestRunnerOptions,
} from './runner/create-test-runner.ts';
export type { InvocationRecord } from './runner/invocation-log.ts';
export type { ClientWrapper, HandlerUnderTest, InvocationCall, InvocationHook } from './runner/invoker.ts';
export type { TestLambdaContext } from './runner/lambda-context.ts';
export type { TestCallback } from './runner/test-callback.ts';
export type { TestExecution } from './runner/test-execution.ts';
export type { TestFunction } from './runner/test-functions.ts';
export type { TimeSpan } from './time/time-span.ts';
export { type VirtualTime, type VirtualTimeOptions, virtualTime } from './time/virtual-time.ts';
export { ExecutionFailedError, ExecutionRunningError, TestRunnerError } from './view/errors.ts';
export { TestOperation } from './view/test-operation.ts';
export { TestRun } from './view/test-run.ts';
