import type { PendingExecution } from '@middy-durable/protocol';

/** Where nobody reads more into it: the execution itself. */
export function pendingObject(execution: PendingExecution): PendingExecution {
  return execution;
}

/** To an event source mapping: no record has failed, and here is who goes on with them. */
export function pendingBatch(execution: PendingExecution): unknown {
  return { ...execution, batchItemFailures: [] };
}
