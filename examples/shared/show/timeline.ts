import type { EventError, EventPayload, HistoryEvent } from '@middy-durable/core';
import { namesOf } from './names.ts';
import { aligned, shortened } from './text.ts';

/** One line of a timeline. */
interface Moment {
  /** Epoch milliseconds. */
  at: number;
  /** Number of the invocation that it belongs to; undefined for what happened outside of all. */
  invocation?: number;
  mark: '┌' | '│' | '└' | '';
  subject: string;
  what: string;
  detail: string;
}

/** What details may carry. */
interface Payloads {
  Input?: EventPayload | undefined;
  Result?: EventPayload | undefined;
  Error?: EventError | undefined;
}

/** Happens without an invocation, and enters the history when the next one begins. */
const OUTSIDE = /^(Execution|Callback(Succeeded|Failed|TimedOut)|WaitSucceeded)/;

/**
 * The history of an execution as lines: seconds since its start, the invocation, the operation, what became of it.
 * @example
 * timeline(events)[2] // '0.31 s  1 │  validate-order  step succeeded  12990'
 */
export function timeline(events: HistoryEvent[]): string[] {
  const moments = momentsOf(events);
  const start = moments[0]?.at ?? 0;
  return aligned(
    moments.map(({ at, invocation, mark, subject, what, detail }) => [
      `${((at - start) / 1000).toFixed(2)} s`.padStart(8),
      `${invocation ?? ' '} ${mark || ' '}`,
      subject,
      what,
      detail,
    ]),
  );
}

function momentsOf(events: HistoryEvent[]): Moment[] {
  const nameOf = namesOf(events);
  const moments: Moment[] = [];
  let begun = false;
  let invocation = 1;
  for (const [index, event] of events.entries()) {
    const at = event.EventTimestamp.getTime();
    const began = begun ? undefined : invocationStart(events, index);
    if (began !== undefined && (!OUTSIDE.test(event.EventType) || at > began)) {
      begun = true;
      moments.push({ at: began, invocation, mark: '┌', subject: 'invocation', what: 'begins', detail: '' });
    }
    const { InvocationCompletedDetails: completed } = event;
    if (completed) {
      const ended = events[index + 1]?.EventType.startsWith('Execution') ? 'answers' : 'suspends';
      const what = completed.Error ? 'fails' : ended;
      moments.push({ at, invocation, mark: '└', subject: 'invocation', what, detail: errorText(completed.Error) });
      begun = false;
      invocation++;
    } else {
      moments.push({
        at,
        ...(begun && { invocation }),
        mark: begun ? '│' : '',
        subject: nameOf(event),
        ...described(event),
      });
    }
  }
  return moments;
}

/** When the invocation began whose end is the next one in the history. */
function invocationStart(events: HistoryEvent[], from: number): number | undefined {
  for (let index = from; index < events.length; index++) {
    const details = events[index]?.InvocationCompletedDetails;
    if (details) return details.StartTimestamp.getTime();
  }
  return undefined;
}

function described(event: HistoryEvent): Pick<Moment, 'what' | 'detail'> {
  return { what: words(event.EventType), detail: shortened(detailOf(event)) };
}

function detailOf(event: HistoryEvent): string {
  const { StepSucceededDetails: succeeded, StepFailedDetails: failed, WaitStartedDetails: wait } = event;
  if (failed) {
    const { CurrentAttempt, NextAttemptDelaySeconds: next } = failed.RetryDetails;
    const after = next === undefined ? 'no further attempt' : `again in ${next} s`;
    return `attempt ${CurrentAttempt}, ${after}: ${errorText(failed.Error)}`;
  }
  if (succeeded) {
    const { CurrentAttempt = 1, NextAttemptDelaySeconds: next } = succeeded.RetryDetails;
    // Only a condition that is not met yet succeeds and is tried again.
    const again = next === undefined ? '' : `, again in ${next} s`;
    const attempt = CurrentAttempt > 1 || again ? `attempt ${CurrentAttempt}${again}: ` : '';
    return `${attempt}${succeeded.Result.Payload ?? ''}`;
  }
  if (wait) return `${wait.Duration} s`;
  const { Timeout } = event.CallbackStartedDetails ?? {};
  if (Timeout !== undefined) return `times out after ${Timeout} s`;
  const details = (event[`${event.EventType}Details` as const] ?? {}) as Payloads;
  return details.Input?.Payload ?? details.Result?.Payload ?? errorText(details.Error);
}

function errorText(error: EventError | undefined): string {
  const { ErrorType = 'Error', ErrorMessage = '' } = error?.Payload ?? {};
  // The request is the invocation's own: the line stands in it.
  return error?.Payload ? shortened(`${ErrorType}: ${ErrorMessage.replace(/^RequestId: \S+ Error: /, '')}`) : '';
}

/** `StepSucceeded` as `step succeeded`. */
function words(eventType: string): string {
  return eventType.replaceAll(/(?!^)[A-Z]/g, ' $&').toLowerCase();
}
