import type { ExecutionStore, HeadChange, LogItem, NewRun } from '../src/store.ts';

export const RUNNING: HeadChange = { status: 'RUNNING', dueAt: undefined, leaseUntil: undefined };
export const STOPPED: HeadChange = { status: 'STOPPED', endedAt: 9000, dueAt: undefined, leaseUntil: undefined };

export function newRun(runId: string, members: Partial<NewRun> = {}): NewRun {
  const name = members.name ?? runId;
  return {
    runId,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST/durable-execution/${name}/${runId}`,
    functionName: 'orders',
    name,
    inputHash: 'hash',
    startedAt: 1000,
    firstItem: {
      sequence: 1,
      writeId: `first-${runId}`,
      events: [{ type: 'ExecutionStarted', at: 1000, id: runId, name, input: '{"n":1}', executionTimeout: 60 }],
    },
    ...members,
  };
}

export function item(sequence: number, members: Partial<LogItem> = {}): LogItem {
  return { sequence, writeId: `write-${sequence}`, events: [], ...members };
}

export async function readAll(store: ExecutionStore, runId: string, after?: number): Promise<LogItem[]> {
  const items: LogItem[] = [];
  for await (const one of store.read(runId, after)) items.push(one);
  return items;
}
