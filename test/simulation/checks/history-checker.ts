import type { HistoryEvent } from '@middy-durable/protocol';

/** Checks a whole history, as its readers get it. */
export function checkHistory(events: readonly HistoryEvent[], report: (rule: string, detail: string) => void): void {
  const problem = (detail: string): void => report('legal history', detail);
  const started = new Map<string, HistoryEvent>();
  let endAt: number | undefined;
  for (const [index, event] of events.entries()) {
    const { EventType: type, EventId, Id } = event;
    if (EventId !== index + 1) problem(`event ${index + 1} has the number ${EventId}`);
    if (!Object.keys(event).some((member) => member === `${type}Details`)) problem(`${type} without its details`);
    if (type === 'InvocationCompleted') {
      if (Id !== undefined) problem('InvocationCompleted has an Id');
      if (endAt !== undefined && index > endAt + 1) problem('more than one event after the end');
      continue;
    }
    if (endAt !== undefined) problem(`${type} after the end`);
    if (/^Execution(Succeeded|Failed|TimedOut|Stopped)$/.test(type)) endAt = index;
    if (type.startsWith('Execution')) continue;
    const first = started.get(Id ?? '');
    if (first === undefined) {
      if (!type.endsWith('Started')) problem(`${type} of ${Id} without a start`);
      started.set(Id ?? '', event);
    } else if (first.Name !== event.Name || first.SubType !== event.SubType || first.ParentId !== event.ParentId) {
      problem(`${type} of ${Id} has other metadata than its start`);
    }
  }
  if (events[0]?.EventType !== 'ExecutionStarted') problem('it does not begin with its start');
}
