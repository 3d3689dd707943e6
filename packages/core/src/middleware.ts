/** `@middy-durable/core/middleware`: for middy handlers that run durably. */
export type { StepAttempt, StepWrapper } from './engine/body-wrappers.ts';
export type { DepartureHook, DepartureReason, EndHook, InvocationEnding } from './engine/departure.ts';
export { type DurableInvocation, durableInvocation } from './engine/durable-invocation.ts';
export { type CheckpointedOptions, checkpointed, type SavedRequest } from './middleware/checkpointed.ts';
export { aroundStep, onlyFirst, onResume, onSuspend } from './middleware/lifecycle.ts';
export type { AnyMiddleware, DurableMiddleware, DurableRequest } from './middleware/types.ts';
