import { createHash } from 'node:crypto';
import { type RunEvent, restoreState, type StateSnapshot, stateSnapshot } from '@middy-durable/protocol';
import type { CallStarted } from './chained-invoke.ts';
import type { LogMemory, RunLog } from './run-log.ts';
import type { Snapshot } from './store.ts';

/** What the text holds. Another meaning of a member is another version. */
const VERSION = 1;
const FORM = /^(\d+) ([0-9a-f]{64})\n/;

interface Content {
  start: Extract<RunEvent, { type: 'ExecutionStarted' }>;
  /** Of the item that the snapshot goes up to. */
  writeId: string;
  lastAt: number;
  changed: boolean;
  calls: CallStarted[];
  state: StateSnapshot;
}

/** A running run's log, up to its last item, as one text. Throws TypeError for a run that has ended. */
export function snapshotOf(log: RunLog): Snapshot {
  const content: Content = {
    start: log.start,
    writeId: log.lastItem.writeId,
    lastAt: log.lastAt,
    changed: log.changedDuringInvocation,
    calls: [...log.calls.values()],
    state: stateSnapshot(log.state),
  };
  const json = JSON.stringify(content);
  return { sequence: log.sequence, text: `${VERSION} ${checksum(json)}\n${json}` };
}

/** What a snapshot kept; undefined for one that is damaged, of another version, or not of the log with that item. */
export function recall({ text }: Snapshot, writeId: string): LogMemory | undefined {
  const [line, version, sum] = FORM.exec(text) ?? [];
  if (line === undefined || Number(version) !== VERSION) return undefined;
  const json = text.slice(line.length);
  if (checksum(json) !== sum) return undefined;
  const { start, lastAt, changed, calls, state, writeId: own }: Content = JSON.parse(json);
  return own === writeId ? { start, state: restoreState(start, state), lastAt, calls, changed } : undefined;
}

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex');
}
