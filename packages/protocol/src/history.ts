import type { OperationMetadata, RunEvent } from './events.ts';
import { detailsOf } from './history-details.ts';
import type { HistoryEvent, HistoryEventType } from './history-event.ts';

export type * from './history-event.ts';

export interface HistoryOptions {
  /** Default true. Without, payloads and errors are left out and marked `Truncated`. */
  includeExecutionData?: boolean | undefined;
}

/**
 * The execution history of a log, oldest first, as `GetDurableExecutionHistory` shows it. `events` is the log from its
 * start: numbers are given, attempts counted and metadata carried on from there. What only the machine needs (the start
 * of an invocation, the end of a retry delay) is left out.
 *
 * @example
 * historyOf(log).map((event) => `${event.EventId} ${event.EventType}`) // ['1 ExecutionStarted', '2 StepStarted', ...]
 */
export function historyOf(events: Iterable<RunEvent>, options: HistoryOptions = {}): HistoryEvent[] {
  const withData = options.includeExecutionData ?? true;
  const history: HistoryEvent[] = [];
  const subjects = new Subjects();
  for (const event of events) {
    const subject = subjects.after(event);
    const details = detailsOf(event, subject, withData);
    if (details === undefined) continue;
    history.push({
      EventType: event.type as HistoryEventType,
      EventId: history.length + 1,
      EventTimestamp: new Date(event.at),
      ...subject.metadata,
      ...details,
    });
  }
  return history;
}

/** What the events so far tell about the execution or an operation. */
interface Subject {
  readonly metadata: Pick<HistoryEvent, 'Id' | 'Name' | 'ParentId' | 'SubType'>;
  readonly seconds: number | undefined;
  attempt: number;
}

const NOTHING: Subject = { metadata: {}, seconds: undefined, attempt: 0 };

class Subjects {
  #execution: Subject = NOTHING;
  readonly #operations = new Map<string, Subject>();

  /** The subject of `event`, which is counted. */
  after(event: RunEvent): Subject {
    if (event.type === 'ExecutionStarted') {
      this.#execution = { ...NOTHING, metadata: { Id: event.id, Name: event.name } };
      return this.#execution;
    }
    if (event.type === 'InvocationStarted' || event.type === 'InvocationCompleted') return NOTHING;
    if (!('id' in event)) return this.#execution;
    let subject = this.#operations.get(event.id);
    if (subject === undefined) {
      subject = {
        metadata: metadataOf(event.id, event as OperationMetadata),
        seconds: event.type === 'WaitStarted' ? event.seconds : undefined,
        attempt: 0,
      };
      this.#operations.set(event.id, subject);
    }
    if (event.type === 'StepSucceeded' || event.type === 'StepFailed') subject.attempt += 1;
    return subject;
  }
}

function metadataOf(id: string, { name, parentId, subType }: OperationMetadata): Subject['metadata'] {
  return {
    Id: id,
    ...(name !== undefined && { Name: name }),
    ...(parentId !== undefined && { ParentId: parentId }),
    ...(subType !== undefined && { SubType: subType }),
  };
}
