export type { ClientLike } from './aws-clients.ts';
export {
  createWakeUpHandler,
  type WakeUpAnswer,
  type WakeUpHandlerOptions,
  type WakeUpLambdaContext,
} from './create-wake-up-handler.ts';
export { type RunWakeUpsOptions, runWakeUps } from './run-wake-ups.ts';
export {
  type DurableStatusChange,
  onStatusChange,
  STATUS_CHANGE_SOURCE,
  statusChangePattern,
} from './status-change.ts';
export type { WakeUpSettings, WakeUpSource } from './wake-up-options.ts';
