/**
 * Executions, steps and functions that happen once per business key.
 * @module
 */
export type { AskStatus, OwnerStatus } from './claims/owner-status.ts';
export type { OutputSerializer, SerializerContext } from './claims/result-codec.ts';
export {
  type ConfigLike,
  type Functions,
  IdempotencyConfig,
  type IdempotencyConfigOptions,
  type PowertoolsConfigLike,
  type RemainingTime,
  type ResponseHook,
} from './config/idempotency-config.ts';
export { IdempotencyRecord } from './config/idempotency-record.ts';
export * from './errors.ts';
export {
  type IdempotentExecution,
  type IdempotentExecutionOptions,
  idempotentExecution,
} from './execution/idempotent-execution.ts';
export type { MiddyRequest } from './execution/plain-hooks.ts';
export { type IdempotentFunction, type MakeIdempotentOptions, makeIdempotent } from './function/make-idempotent.ts';
export type { ConflictPolicy, ErrorPolicy, IdempotencyOptions } from './options.ts';
export { FencedPersistenceLayer, type PutOutcome } from './persistence/fenced-persistence-layer.ts';
export { MemoryPersistenceLayer } from './persistence/memory-persistence-layer.ts';
export type { RecordFormat, RecordStatus, StoredData, StoredRecord } from './persistence/record.ts';
export { permits, type WriteCondition } from './persistence/write-condition.ts';
export type { PowertoolsLayer } from './powertools/powertools-layer.ts';
export {
  type IdempotentStepOptions,
  idempotentStep,
  type StepIdempotencyOptions,
  stepIdempotency,
} from './step/step-idempotency.ts';
