import type { LogItem, Outcome, OutsideItem, RunHead } from '@middy-durable/backend';
import type { BlockedRun, ExecutionStatus, RunEvent } from '@middy-durable/protocol';
import { damagedRecord } from './store-failure.ts';

export interface RunRow {
  run_id: string;
  arn: string;
  function_name: string;
  name: string;
  input_hash: string;
  status: string;
  started_at: number;
  ended_at: number | null;
  sequence: number;
  due_at: number | null;
  lease_until: number | null;
  ordinary: number;
  /** JSON. */
  blocked: string | null;
}

export interface ItemRow {
  run_id: string;
  sequence: number;
  write_id: string;
  client_token: string | null;
  events: string;
  opens: string | null;
  absorbs: string | null;
}

export interface OutsideRow {
  run_id: string;
  operation_id: string;
  state: 'open' | 'settled' | 'absorbed' | 'closed';
  heartbeat_at: number | null;
  outcome: string | null;
  settled_at: number | null;
}

export function toHead(file: string, row: RunRow): RunHead {
  return {
    runId: row.run_id,
    arn: row.arn,
    functionName: row.function_name,
    name: row.name,
    inputHash: row.input_hash,
    status: row.status as ExecutionStatus,
    startedAt: row.started_at,
    sequence: row.sequence,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.due_at !== null && { dueAt: row.due_at }),
    ...(row.lease_until !== null && { leaseUntil: row.lease_until }),
    ...(row.ordinary === 1 && { ordinary: true }),
    ...(row.blocked !== null && { blocked: parse<BlockedRun>(file, `the state of run ${row.run_id}`, row.blocked) }),
  };
}

export function toItem(file: string, row: ItemRow): LogItem {
  const read = <T>(text: string): T => parse<T>(file, `item ${row.sequence} of run ${row.run_id}`, text);
  return {
    sequence: row.sequence,
    writeId: row.write_id,
    events: read<RunEvent[]>(row.events),
    ...(row.client_token !== null && { clientToken: row.client_token }),
    ...(row.opens !== null && { opens: read<string[]>(row.opens) }),
    ...(row.absorbs !== null && { absorbs: read<string[]>(row.absorbs) }),
  };
}

export function toOutsideItem(file: string, row: OutsideRow): OutsideItem {
  return {
    operationId: row.operation_id,
    ...(row.heartbeat_at !== null && { heartbeatAt: row.heartbeat_at }),
    ...(row.outcome !== null && { outcome: toOutcome(file, row.outcome, row) }),
    ...(row.settled_at !== null && { settledAt: row.settled_at }),
  };
}

export function toOutcome(file: string, text: string, row: Pick<OutsideRow, 'run_id' | 'operation_id'>): Outcome {
  return parse<Outcome>(file, `the outcome of operation ${row.operation_id} of run ${row.run_id}`, text);
}

/** JSON of a list that mostly isn't there. */
export function listText(list: readonly string[] | undefined): string | null {
  return list && list.length > 0 ? JSON.stringify(list) : null;
}

function parse<T>(file: string, what: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw damagedRecord(file, what, cause);
  }
}
