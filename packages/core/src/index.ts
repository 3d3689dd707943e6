/**
 * Durable execution for Lambda handlers: wrap a handler, and its steps, waits and callbacks survive crashes, time-outs and
 * deployments.
 * @module
 */
export type {
  Backend,
  CallbackDetails,
  CallbackOperations,
  CallbackOptions,
  ChainedInvokeDetails,
  ChainedInvokeOptions,
  CheckpointDurableExecutionRequest,
  CompletionOptions,
  ContextDetails,
  ContextOptions,
  ErrorObject,
  EventError,
  EventInput,
  EventPayload,
  EventResult,
  ExecutionDescription,
  ExecutionDetails,
  ExecutionOperations,
  ExecutionStatus,
  ExecutionSummary,
  GetDurableExecutionStateRequest,
  HistoryEvent,
  HistoryEventDetails,
  HistoryEventType,
  HistoryRequest,
  ListExecutions,
  Operation,
  OperationUpdate,
  StartExecution,
  StepDetails,
  StepOptions,
  WaitDetails,
  WaitOptions,
  WireTimestamp,
} from '@middy-durable/protocol';
export {
  DurableExecutionInvocationInputWithClient,
  InvocationStatus,
  OperationAction,
  OperationStatus,
  OperationSubType,
  OperationType,
} from '@middy-durable/protocol';
export type { AmbientCall, AmbientNaming, AmbientOptions, AnyFunction } from './ambient/ambient-function.ts';
export { currentDurableContext, currentStepContext } from './ambient/current-context.ts';
export { type DurableBranch, type DurableBranchOptions, durableBranch } from './ambient/durable-branch.ts';
export { type DurableChildContextOptions, durableChildContext } from './ambient/durable-child-context.ts';
export { type DurableStepOptions, durableStep } from './ambient/durable-step.ts';
export { type StepDecorator, step } from './ambient/step-decorator.ts';
export { allCompleted, allSuccessful, completeBatch, continueBatch, firstSuccessful } from './batch/completion.ts';
export * from './batch/types.ts';
export { DurablePromise } from './durable-promise.ts';
export { Duration, days, durationSeconds, hours, minutes, seconds } from './duration.ts';
export * from './errors/client-error.ts';
export {
  BatchCompletionError,
  CallbackError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
  ChildContextError,
  type CompletionReason,
  ContextUsageError,
  DurableOperationError,
  InvokeError,
  NonDeterministicExecutionError,
  PromiseCombinatorError,
  SerdesFailedError,
  StepError,
  StepInterruptedError,
  toErrorObject,
  WaitForConditionError,
} from './errors.ts';
export type { ExecutionGuard } from './execution-guard.ts';
export type { DurableExecutionConfig } from './handler-config.ts';
export * from './lambda/index.ts';
export * from './lambda-context.ts';
export * from './logging/types.ts';
export { type DurableExecutionMode, durableExecution } from './middy/execution-mode.ts';
export { StepTimeoutError } from './operations/step-body.ts';
export { type RetryableFunc, type WithRetryConfig, withRetry } from './operations/with-retry.ts';
export { type PerRecordOptions, perRecord } from './per-record.ts';
export { PluginLoadError } from './plugins/load-plugins.ts';
export * from './plugins/types.ts';
export { RecordReportedFailedError } from './reported-failure.ts';
export {
  createLinearRetryStrategy,
  createRetryStrategy,
  isNonRetryable,
  JitterStrategy,
  type LinearRetryStrategyConfig,
  NonRetryableError,
  type RetryDecision,
  type RetryStrategy,
  type RetryStrategyConfig,
  retryPresets,
} from './retry.ts';
export * from './serdes/index.ts';
export {
  type AnySerdes,
  type AnySerdesDeserializer,
  defaultSerdes,
  type GenericSerdes,
  passThroughSerdes,
  type Serdes,
  type SerdesConfig,
  type SerdesContext,
} from './serdes.ts';
export * from './transport.ts';
export * from './types.ts';
export { createWaitStrategy, type WaitStrategyConfig } from './wait-strategy.ts';
export {
  type DurableLambdaHandler,
  type OrdinaryLambdaHandler,
  withDurableExecution,
} from './with-durable-execution.ts';
