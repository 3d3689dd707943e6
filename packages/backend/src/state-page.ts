import {
  type CheckpointToken,
  type GetDurableExecutionStateRequest,
  type GetDurableExecutionStateResponse,
  MAX_PAGE_BYTES,
  type OperationRecord,
  staleToken,
  type WireOperation,
} from '@middy-durable/protocol';
import { checkCurrent, readToken } from './current-token.ts';
import type { Engine } from './engine.ts';
import { decodeMarker, encodeMarker, pageSize } from './paging.ts';
import { served } from './request-shape.ts';

/** Records never change, so each is measured once. */
const sizes = new WeakMap<OperationRecord, number>();

/** Answers `GetDurableExecutionState`: reads, and changes neither the token nor anything else. */
export async function getExecutionState(
  engine: Engine,
  request: GetDurableExecutionStateRequest,
): Promise<GetDurableExecutionStateResponse> {
  const token = readToken(request);
  const items = pageSize(request.MaxItems);
  return served(() =>
    engine.runs.exclusively(token.runId, async (log) => {
      if (log === undefined) throw staleToken('no such execution');
      if (log.sequence < token.sequence) await engine.runs.catchUp(log);
      checkCurrent(engine, log, token, request.DurableExecutionArn);
      const marker = decodeMarker(markerScope(token), request.Marker, ['number']);
      return statePage(log.visible(), token, { from: Number(marker?.[0] ?? 0), items, bytes: MAX_PAGE_BYTES });
    }),
  );
}

/** One page of state: as many operations as fit, at least one. */
export function statePage(
  operations: readonly OperationRecord[],
  token: CheckpointToken,
  page: { from: number; items: number; bytes: number },
): GetDurableExecutionStateResponse {
  let end = page.from;
  let bytes = 0;
  for (const operation of operations.slice(page.from, page.from + page.items)) {
    bytes += bytesOf(operation);
    if (bytes > page.bytes && end > page.from) break;
    end += 1;
  }
  const response: GetDurableExecutionStateResponse = { Operations: copies(operations.slice(page.from, end)) };
  if (end < operations.length) response.NextMarker = encodeMarker(markerScope(token), [end]);
  return response;
}

/** Copies for the hands of a handler: what it does to them can't reach the state behind. */
export function copies(operations: readonly OperationRecord[]): WireOperation[] {
  return operations.map((operation) => {
    const copy: WireOperation = { ...operation };
    if (copy.ExecutionDetails) copy.ExecutionDetails = { ...copy.ExecutionDetails };
    if (copy.ContextDetails) copy.ContextDetails = copyOutcome(copy.ContextDetails);
    if (copy.StepDetails) copy.StepDetails = copyOutcome(copy.StepDetails);
    if (copy.WaitDetails) copy.WaitDetails = { ...copy.WaitDetails };
    if (copy.CallbackDetails) copy.CallbackDetails = copyOutcome(copy.CallbackDetails);
    if (copy.ChainedInvokeDetails) copy.ChainedInvokeDetails = copyOutcome(copy.ChainedInvokeDetails);
    return copy;
  });
}

function copyOutcome<T extends { Error?: object | undefined }>(details: T): T {
  return details.Error === undefined ? { ...details } : { ...details, Error: structuredClone(details.Error) };
}

function markerScope({ runId, sequence }: CheckpointToken): string {
  return `state:${runId}:${sequence}`;
}

function bytesOf(operation: OperationRecord): number {
  let bytes = sizes.get(operation);
  if (bytes === undefined) {
    bytes = Buffer.byteLength(JSON.stringify(operation));
    sizes.set(operation, bytes);
  }
  return bytes;
}
