import type { SQLInputValue } from 'node:sqlite';
import type { RunFilter, RunHead } from '@middy-durable/backend';
import { type RunRow, toHead } from './rows.ts';
import type { Statements } from './statements.ts';

/** Settled outside items wake a run by themselves, unless an invocation is at work: it reads them with its next checkpoint. */
const SETTLED_RUNS = `FROM outside_items JOIN runs USING (run_id)
  WHERE outside_items.state = 'settled' AND runs.status = 'RUNNING'`;

export function dueRuns(sql: Statements, now: number, limit: number): string[] {
  return sql
    .rows<{ run_id: string }>(
      `SELECT run_id, MIN(at) AS at FROM (
         SELECT run_id, due_at AS at FROM runs WHERE due_at <= ?1
         UNION ALL
         SELECT runs.run_id, settled_at AS at ${SETTLED_RUNS} AND (lease_until IS NULL OR lease_until <= ?1)
       ) GROUP BY run_id ORDER BY at, run_id LIMIT ?2`,
      now,
      limit,
    )
    .map((row) => row.run_id);
}

export function earliestDue(sql: Statements): number | undefined {
  const row = sql.row<{ at: number | null }>(
    `SELECT MIN(at) AS at FROM (
       SELECT MIN(due_at) AS at FROM runs WHERE due_at IS NOT NULL
       UNION ALL
       SELECT MIN(MAX(settled_at, COALESCE(lease_until, settled_at))) AS at ${SETTLED_RUNS}
     )`,
  );
  return row?.at ?? undefined;
}

export function listRuns(sql: Statements, file: string, filter: RunFilter): RunHead[] {
  const conditions: string[] = ['ordinary = 0'];
  const values: SQLInputValue[] = [];
  const where = (condition: string, ...bound: SQLInputValue[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  const direction = filter.oldestFirst ? 'ASC' : 'DESC';
  if (filter.functionName !== undefined) where('function_name = ?', filter.functionName);
  if (filter.name !== undefined) where('name = ?', filter.name);
  if (filter.statuses) where(`status IN (${filter.statuses.map(() => '?').join(', ')})`, ...filter.statuses);
  if (filter.startedAfter !== undefined) where('started_at > ?', filter.startedAfter);
  if (filter.startedBefore !== undefined) where('started_at < ?', filter.startedBefore);
  if (filter.after) {
    where(`(started_at, run_id) ${filter.oldestFirst ? '>' : '<'} (?, ?)`, filter.after.startedAt, filter.after.runId);
  }
  return sql
    .rows<RunRow>(
      `SELECT * FROM runs WHERE ${conditions.join(' AND ')}
       ORDER BY started_at ${direction}, run_id ${direction} LIMIT ?`,
      ...values,
      filter.limit,
    )
    .map((row) => toHead(file, row));
}
