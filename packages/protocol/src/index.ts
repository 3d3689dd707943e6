// The wire

export * from './arn.ts';
export * from './backend.ts';
export * from './callback-id.ts';
export * from './errors.ts';
// The log of a run
export * from './event-with-client.ts';
export * from './events.ts';
export * from './history.ts';
export * from './limits.ts';
// The state machine
export * from './machine/code.ts';
export { type DecideContext, decide, type RefusedUpdate } from './machine/decide.ts';
export { blockedAfter, evolve } from './machine/evolve.ts';
export { type PayloadLimits, SERVICE_LIMITS } from './machine/payload-size.ts';
export * from './machine/run-state.ts';
export * from './machine/seed.ts';
export * from './machine/state-snapshot.ts';
export * from './machine/timers.ts';
export * from './machine/visible.ts';
export * from './operation-id.ts';
export * from './runtime.ts';
export * from './token.ts';
export * from './wire.ts';
