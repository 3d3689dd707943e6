import type { Outcome, Settlement } from '@middy-durable/backend';
import { type OutsideRow, toOutcome } from './rows.ts';
import type { Statements } from './statements.ts';

/** First one wins: the condition on `open` decides, whoever asks. */
export function settleItem(
  sql: Statements,
  file: string,
  item: { runId: string; operationId: string },
  outcome: Outcome,
  at: number,
  seen: { heartbeatAt: number | undefined } | undefined,
): Settlement {
  const changed = sql.change(
    `UPDATE outside_items SET state = 'settled', outcome = ?, settled_at = ?
     WHERE run_id = ? AND operation_id = ? AND state = 'open' AND (? OR heartbeat_at IS ?)`,
    JSON.stringify(outcome),
    at,
    item.runId,
    item.operationId,
    seen === undefined ? 1 : 0,
    seen?.heartbeatAt ?? null,
  );
  return changed > 0 ? 'first' : standing(sql, file, item);
}

export function noteHeartbeat(
  sql: Statements,
  file: string,
  item: { runId: string; operationId: string },
  at: number,
): Settlement {
  const changed = sql.change(
    `UPDATE outside_items SET heartbeat_at = MAX(?1, COALESCE(heartbeat_at, ?1))
     WHERE run_id = ?2 AND operation_id = ?3 AND state = 'open'`,
    at,
    item.runId,
    item.operationId,
  );
  return changed > 0 ? 'first' : standing(sql, file, item);
}

function standing(sql: Statements, file: string, item: { runId: string; operationId: string }): Settlement {
  const row = sql.row<OutsideRow>(
    'SELECT * FROM outside_items WHERE run_id = ? AND operation_id = ?',
    item.runId,
    item.operationId,
  );
  if (!row) return 'unknown';
  if (row.state === 'open') return 'alive';
  return row.outcome === null ? 'closed' : { settled: toOutcome(file, row.outcome, row) };
}
