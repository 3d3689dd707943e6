export { createBackend, type StoreBackend } from './backend.ts';
export { type CalledRun, calledRun } from './chained-invoke.ts';
export type { BackendOptions, Engine, FunctionHome } from './engine.ts';
export type { Functions, FunctionTarget } from './functions.ts';
export type { HandOver, HandOverContext } from './hand-over.ts';
export { type MemoryBackend, memoryBackend } from './memory-backend.ts';
export { memoryStore } from './memory-store.ts';
export type { WakeUpEvent } from './ordinary/wake-up-event.ts';
export { processClock } from './process-clock.ts';
export type { InvocationRetries } from './retry-policy.ts';
export { type EnvelopeHandler, type ServedByOptions, servedBy } from './served-by.ts';
export {
  createService,
  type InvocationContext,
  type Invoke,
  type LoopOptions,
  type RunOptions,
  type Service,
  type ServiceOptions,
} from './service.ts';
export type { SnapshotRule } from './snapshot-rule.ts';
export {
  type StatusChangeEvent,
  type StatusChangeListener,
  statusChangeEvent,
} from './status-change.ts';
export * from './store.ts';
