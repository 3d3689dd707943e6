/** `@middy-durable/core/middleware`: for middy handlers that run durably, and for what watches them from outside. */
export { currentDurableInvocation, type ObservedInvocation } from './ambient/current-invocation.ts';
export { isDurableHandler } from './durable-handler.ts';
export type { StepAttempt, StepWrapper } from './engine/body-wrappers.ts';
export type { DepartureHook, DepartureReason, EndHook, InvocationEnding } from './engine/departure.ts';
export type { ExecutionHome } from './engine/invocation.ts';
export type { InvocationObserver, InvocationOutcome } from './engine/observers.ts';
export type { HandlerOutcome, OutcomeHook } from './engine/outcome-hooks.ts';
export type { Passing } from './engine/passing.ts';
export { type CheckpointedOptions, checkpointed, type SavedRequest } from './middleware/checkpointed.ts';
export { type CurrentExecution, currentExecution } from './middleware/current-execution.ts';
export { aroundStep, onlyFirst, onResume, onSuspend } from './middleware/lifecycle.ts';
export type { AnyMiddleware, DurableMiddleware, DurableRequest } from './middleware/types.ts';
export type { Decision } from './operations/recorded-decision.ts';
export { checkOptions, type OptionKind } from './validation.ts';
