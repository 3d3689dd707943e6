import { type HeadChange, type LogItem, type NewRun, type RunHead, VersionConflict } from '@middy-durable/backend';
import { isFinal } from '@middy-durable/protocol';
import { listText, type RunRow, toHead } from './rows.ts';
import type { Statements } from './statements.ts';

/** An item with its members as they are stored. Made before a transaction begins, so that bad data fails alone. */
export interface StoredItem {
  sequence: number;
  writeId: string;
  clientToken: string | null;
  events: string;
  opens: string[];
  absorbs: string[];
  opensText: string | null;
  absorbsText: string | null;
}

export function storedItem(item: LogItem): StoredItem {
  return {
    sequence: item.sequence,
    writeId: item.writeId,
    clientToken: item.clientToken ?? null,
    events: JSON.stringify(item.events),
    opens: [...(item.opens ?? [])],
    absorbs: [...(item.absorbs ?? [])],
    opensText: listText(item.opens),
    absorbsText: listText(item.absorbs),
  };
}

export function insertRun(
  sql: Statements,
  file: string,
  run: NewRun,
  first: StoredItem,
): { created: true } | { created: false; existing: RunHead } {
  const existing = sql.row<RunRow>(
    "SELECT * FROM runs WHERE function_name = ? AND name = ? AND replaced_by = ''",
    run.functionName,
    run.name,
  );
  if (existing) {
    const head = toHead(file, existing);
    if (head.runId !== run.replaces || !isFinal(head.status)) return { created: false, existing: head };
    sql.change('UPDATE runs SET replaced_by = ? WHERE run_id = ?', run.runId, head.runId);
  }
  sql.change(
    `INSERT INTO runs (run_id, arn, function_name, name, input_hash, status, started_at, ended_at, sequence, due_at, lease_until, ordinary)
     VALUES (?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, ?, ?, ?)`,
    run.runId,
    run.arn,
    run.functionName,
    run.name,
    run.inputHash,
    run.startedAt,
    run.endedAt ?? null,
    first.sequence,
    run.dueAt ?? null,
    run.leaseUntil ?? null,
    run.ordinary ? 1 : 0,
  );
  insertItem(sql, run.runId, first);
  return { created: true };
}

/** The condition on the last sequence number is the run's only lock: who loses it has changed nothing. */
export function appendItem(sql: Statements, runId: string, item: StoredItem, head: HeadChange): void {
  const changed = sql.change(
    `UPDATE runs SET sequence = ?, status = ?, ended_at = COALESCE(?, ended_at), due_at = ?, lease_until = ?, blocked = ?
     WHERE run_id = ? AND sequence = ?`,
    item.sequence,
    head.status,
    head.endedAt ?? null,
    head.dueAt ?? null,
    head.leaseUntil ?? null,
    head.blocked ? JSON.stringify(head.blocked) : null,
    runId,
    item.sequence - 1,
  );
  if (changed === 0) throw new VersionConflict(runId, item.sequence);
  insertItem(sql, runId, item);
  if (isFinal(head.status)) {
    sql.change("UPDATE outside_items SET state = 'closed' WHERE run_id = ? AND state = 'open'", runId);
  }
}

function insertItem(sql: Statements, runId: string, item: StoredItem): void {
  sql.change(
    `INSERT INTO items (run_id, sequence, write_id, client_token, events, opens, absorbs) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    runId,
    item.sequence,
    item.writeId,
    item.clientToken,
    item.events,
    item.opensText,
    item.absorbsText,
  );
  for (const operationId of item.opens) {
    sql.change("INSERT INTO outside_items (run_id, operation_id, state) VALUES (?, ?, 'open')", runId, operationId);
  }
  for (const operationId of item.absorbs) {
    sql.change("UPDATE outside_items SET state = 'absorbed' WHERE run_id = ? AND operation_id = ?", runId, operationId);
  }
}
