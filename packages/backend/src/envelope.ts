import {
  type DurableExecutionInvocationInput,
  encodeCheckpointToken,
  MAX_PAGE_BYTES,
  type RunningInvocation,
} from '@middy-durable/protocol';
import type { RunLog } from './run-log.ts';
import { statePage } from './state-page.ts';

/**
 * The event of an invocation that was just claimed: the state as far as it fits, the rest by `NextMarker`.
 *
 * @param updatedIds Operations that changed since the last invocation ended.
 */
export function envelopeFor(
  log: RunLog,
  invocation: RunningInvocation,
  updatedIds: string[],
): DurableExecutionInvocationInput {
  const token = { runId: log.identity.runId, invocationId: invocation.invocationId, sequence: log.sequence };
  const operations = log.visible();
  return {
    DurableExecutionArn: log.identity.arn,
    CheckpointToken: encodeCheckpointToken(token),
    InitialExecutionState: statePage(operations, token, { from: 0, items: operations.length, bytes: MAX_PAGE_BYTES }),
    UpdatedOperationIds: updatedIds,
    InvocationCount: log.state.invocationCount,
    AfterAnswer: log.state.invocation?.afterAnswer ?? false,
    ...(log.start.origin !== undefined && { OriginExecutionArn: log.start.origin }),
  };
}
