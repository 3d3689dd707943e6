import type { Backend, HistoryEvent } from '@middy-durable/core';
import { styled } from './text.ts';
import { timeline } from './timeline.ts';

/** All events of an execution, whose history comes in pages. */
export async function historyOf({ executions }: Backend, arn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let marker: string | undefined;
  do {
    const page = await executions.history(arn, { marker, maxItems: 1000 });
    events.push(...page.Events);
    marker = page.NextMarker;
  } while (marker !== undefined);
  return events;
}

/**
 * Prints what happened to the executions that had a name, the newest first.
 * @throws Error when there is none
 */
export async function printExecutions(backend: Backend, name: string): Promise<void> {
  const { DurableExecutions } = await backend.executions.list({ name });
  if (DurableExecutions.length === 0) throw new Error(`There is no execution with the name ${name}.`);
  for (const { DurableExecutionArn, Status } of DurableExecutions) {
    console.log(`\n${styled('bold', `${name} ${Status}`)}`);
    for (const line of timeline(await historyOf(backend, DurableExecutionArn))) console.log(`  ${line}`);
  }
}
