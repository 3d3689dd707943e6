import type { HistoryEvent } from '@middy-durable/core';
import { namesOf } from './names.ts';

/** What a suspended execution waits for, as its history so far tells. */
export function awaited(events: HistoryEvent[]): string[] {
  const open = new Map<string, string>();
  const nameOf = namesOf(events);
  for (const event of events) {
    const { Id = '', EventType } = event;
    const name = nameOf(event);
    const retry = event.StepFailedDetails?.RetryDetails.NextAttemptDelaySeconds;
    const check = event.StepSucceededDetails?.RetryDetails.NextAttemptDelaySeconds;
    if (EventType === 'CallbackStarted') {
      const { Timeout } = event.CallbackStartedDetails ?? {};
      open.set(Id, `waits for callback ${name}${Timeout === undefined ? '' : `, at most ${Timeout} s`}`);
    } else if (EventType === 'WaitStarted') {
      open.set(Id, `waits ${event.WaitStartedDetails?.Duration} s: ${name}`);
    } else if (EventType === 'ChainedInvokeStarted') {
      open.set(Id, `waits for function ${event.ChainedInvokeStartedDetails?.FunctionName}: ${name}`);
    } else if (retry !== undefined) {
      open.set(Id, `tries ${name} again in ${retry} s: ${event.StepFailedDetails?.Error.Payload?.ErrorMessage}`);
    } else if (check !== undefined) {
      open.set(Id, `looks at ${name} again in ${check} s`);
    } else {
      open.delete(Id);
    }
  }
  return [...open.values()];
}
