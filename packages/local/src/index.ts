export type {
  Functions,
  FunctionTarget,
  InvocationContext,
  InvocationRetries,
  Invoke,
  Service,
} from '@middy-durable/backend';
export { servedBy } from '@middy-durable/backend';
export type { InvocationFailure } from './invocation/invocation-error.ts';
export { InvocationError } from './invocation/invocation-error.ts';
export type {
  HandlerEntry,
  HandlerModule,
  InvocationCall,
  InvocationNotice,
  OutputLine,
  ProcessInvoker,
  ProcessInvokerOptions,
} from './invocation/invoker-options.ts';
export { processInvoker } from './invocation/process-invoker.ts';
export type { LocalBackend, LocalBackendOptions } from './local-backend.ts';
export { localBackend } from './local-backend.ts';
export type { LocalServiceOptions } from './local-service.ts';
export { createService } from './local-service.ts';
export type { SqliteStore, SqliteStoreOptions } from './sqlite/sqlite-store.ts';
export { sqliteStore } from './sqlite/sqlite-store.ts';
