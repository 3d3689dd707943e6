import type { HistoryEvent } from '@middy-durable/core';

/** What a suspended execution waits for, as its history so far tells. */
export function awaited(events: HistoryEvent[]): string[] {
  const open = new Map<string, string>();
  for (const event of events) {
    const { Id = '', Name = Id, EventType } = event;
    const retry = event.StepFailedDetails?.RetryDetails.NextAttemptDelaySeconds;
    if (EventType === 'CallbackStarted') {
      const { Timeout } = event.CallbackStartedDetails ?? {};
      open.set(Id, `waits for callback ${Name}${Timeout === undefined ? '' : `, at most ${Timeout} s`}`);
    } else if (EventType === 'WaitStarted') {
      open.set(Id, `waits ${event.WaitStartedDetails?.Duration} s: ${Name}`);
    } else if (retry !== undefined) {
      open.set(Id, `tries ${Name} again in ${retry} s: ${event.StepFailedDetails?.Error.Payload?.ErrorMessage}`);
    } else {
      open.delete(Id);
    }
  }
  return [...open.values()];
}
