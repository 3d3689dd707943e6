import type { RunFilter, RunHead } from '@middy-durable/backend';
import { FIRST_SORT_KEY, inBatches, LAST_SORT_KEY, queryIndex } from './index-query.ts';
import { parseEntry, timeText } from './layout.ts';
import type { RunReads } from './run-reads.ts';
import type { Expression, Table } from './table.ts';

/** Heads read together. */
const BATCH = 16;

/** Heads of executions in order of start. */
export async function listRuns(table: Table, reads: RunReads, filter: RunFilter): Promise<RunHead[]> {
  const { statuses, startedAfter, startedBefore, oldestFirst = false, after, limit } = filter;
  const cursor = after && `${timeText(after.startedAt)}#${after.runId}`;
  let from = startedAfter === undefined ? FIRST_SORT_KEY : timeText(startedAfter + 1);
  let to = startedBefore === undefined ? LAST_SORT_KEY : timeText(startedBefore);
  if (cursor !== undefined && oldestFirst && cursor > from) from = cursor;
  if (cursor !== undefined && !oldestFirst && cursor < to) to = cursor;
  const heads: RunHead[] = [];
  if (from > to || limit < 1) return heads;
  const entries = queryIndex(table, {
    kind: 'list',
    from,
    to,
    ascending: oldestFirst,
    pageSize: Math.max(limit, BATCH),
    filter: whose(filter),
  });
  for await (const batch of inBatches(entries, Math.min(limit, BATCH))) {
    const sortKeys = batch.map((entry) => entry.gsi1sk?.S ?? '').filter((sortKey) => sortKey !== cursor);
    for (const head of await Promise.all(sortKeys.map((sortKey) => reads.head(parseEntry(sortKey).runId)))) {
      // An entry without a run was left by a start that lost its name.
      if (head === undefined || (statuses !== undefined && !statuses.includes(head.status))) continue;
      heads.push(head);
      if (heads.length >= limit) return heads;
    }
  }
  return heads;
}

function whose({ functionName, name }: RunFilter): Expression | undefined {
  const texts = [...(functionName === undefined ? [] : ['#f = :f']), ...(name === undefined ? [] : ['#n = :n'])];
  if (texts.length === 0) return undefined;
  return {
    text: texts.join(' AND '),
    values: {
      ...(functionName !== undefined && { ':f': { S: functionName } }),
      ...(name !== undefined && { ':n': { S: name } }),
    },
  };
}
