/** `@middy-durable/core/middleware`: for middy handlers that run durably, and for what watches them from outside. */
export { currentDurableInvocation, type ObservedInvocation } from './ambient/current-invocation.ts';
export type { StepAttempt, StepWrapper } from './engine/body-wrappers.ts';
export type { DepartureHook, DepartureReason, EndHook, InvocationEnding } from './engine/departure.ts';
export type { InvocationObserver, InvocationOutcome } from './engine/observers.ts';
export type { Passing } from './engine/passing.ts';
export { type CheckpointedOptions, checkpointed, type SavedRequest } from './middleware/checkpointed.ts';
export { aroundStep, onlyFirst, onResume, onSuspend } from './middleware/lifecycle.ts';
export type { AnyMiddleware, DurableMiddleware, DurableRequest } from './middleware/types.ts';
export { checkOptions, type OptionKind } from './validation.ts';
