import type { ErrorObject, HistoryEvent, OperationRecord } from '@middy-durable/protocol';

/**
 * All that an execution left, one text for each thing, without what no two executions share: ids, tokens and times of
 * their own. `ended` tells how, `operation` what became of one, `event` what the history says.
 */
export type Trace = readonly string[];

/** What a host knows of an execution that has ended. */
export interface Ended {
  status: string;
  /** Serialized. */
  result: string | undefined;
  error: unknown;
  operations: readonly object[];
  history: readonly object[];
}

/** Where code stood that threw, in a stack that was stored as text. */
const FRAMES = /(\\+n +at [^"\\]*)+/g;

const OWN = new Set([
  'StartTimestamp',
  'EndTimestamp',
  'ScheduledEndTimestamp',
  'NextAttemptTimestamp',
  'CallbackId',
  'DurableExecutionArn',
  'ExecutedVersion',
  'EventTimestamp',
  'EventId',
]);

export function traceOf({ status, result, error, operations, history }: Ended): Trace {
  const records = operations as readonly OperationRecord[];
  const events = history as readonly HistoryEvent[];
  return [
    textOf('ended', { status, result, error }),
    ...textsOf(
      'operation',
      records.filter(({ Type }) => Type !== 'EXECUTION'),
    ),
    ...textsOf('event', events.filter(({ EventType }) => EventType !== 'InvocationCompleted').map(withoutExecution)),
  ];
}

/** By operation, then as they happened: branches that run side by side may change places. */
function textsOf(kind: string, things: readonly { Id?: string | undefined }[]): string[] {
  return things
    .map((thing, index) => ({ id: thing.Id ?? '', index, text: textOf(kind, thing) }))
    .sort((a, b) => a.id.localeCompare(b.id) || a.index - b.index)
    .map(({ text }) => text);
}

/** The execution's id and name are its own. */
function withoutExecution({ Id, Name, ...event }: HistoryEvent): object {
  return event.EventType.startsWith('Execution') ? event : { ...event, Id, Name };
}

/** Members in one order: who wrote the record does not matter. */
function textOf(kind: string, thing: object): string {
  const text = JSON.stringify(thing, (key, value: unknown) => {
    if (OWN.has(key)) return undefined;
    if (key === 'StackTrace') return withoutFrames(value as ErrorObject['StackTrace']);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)));
  });
  return `${kind} ${text.replaceAll(FRAMES, '')}`;
}

/** Where the code stood that threw, and who had called it, is the host's own too. */
function withoutFrames(lines: ErrorObject['StackTrace']): string[] | undefined {
  const causes = lines?.filter((line) => line.startsWith('Caused by: '));
  return causes?.length ? causes : undefined;
}
