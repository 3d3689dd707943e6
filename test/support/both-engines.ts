import type { DurableExecutionInvocationOutput, ErrorObject, OperationUpdate } from '@middy-durable/protocol';
import { DurableRun } from './durable-run.ts';
import { OfficialRun, runtimeFromNow, type Scenario } from './official-run.ts';

export interface EngineTrace {
  output: DurableExecutionInvocationOutput;
  /** Everything that was sent; of each operation in its order. */
  updates: OperationUpdate[];
}

/** Runs a scenario to its end on our engine and on the official SDK. */
export async function onBoth(scenario: Scenario): Promise<{ ours: EngineTrace; official: EngineTrace }> {
  const ours = new DurableRun(scenario, { runtime: runtimeFromNow() });
  const official = new OfficialRun(scenario);
  return {
    ours: { output: await ours.finish(), updates: sorted(ours.service.updates) },
    official: { output: await official.finish(), updates: sorted(official.service.updates) },
  };
}

/** Runs a scenario so that the engine changes with every invocation. */
export async function alternating(
  scenario: Scenario,
  first: 'ours' | 'official',
): Promise<DurableExecutionInvocationOutput> {
  const runtime = runtimeFromNow();
  const ours = new DurableRun(scenario, { runtime });
  const official = new OfficialRun(scenario, { runtime, service: ours.service });
  for (let count = first === 'ours' ? 0 : 1; count < 100; count++) {
    const { output, ...rest } = count % 2 === 0 ? await ours.invoke() : await official.invoke();
    if (!output) throw new Error('The official SDK threw.', { cause: 'thrown' in rest ? rest.thrown : undefined });
    if (output.Status !== 'PENDING') return output;
    const due = ours.service.nextDue();
    if (due === undefined) throw new Error('The execution waits for the outside.');
    runtime.skipTo(due);
  }
  throw new Error('The execution does not end.');
}

/** Branches that run side by side may be sent in another order; what one operation sends may not. */
function sorted(updates: OperationUpdate[]): OperationUpdate[] {
  return updates
    .map((update, index) => ({ update: plain(update), index }))
    .sort((a, b) => a.update.Id.localeCompare(b.update.Id) || a.index - b.index)
    .map(({ update }) => update);
}

function plain(update: OperationUpdate): OperationUpdate {
  const { Error: error, Payload, ...rest } = JSON.parse(JSON.stringify(update)) as OperationUpdate;
  return {
    ...rest,
    ...(error && { Error: withoutCauses(error) }),
    ...(Payload !== undefined && { Payload: withoutItemCauses(Payload) }),
  };
}

/** 11.3 #28: causes stand in our stack traces; the official SDK forgets them behind the second boundary. */
function withoutCauses({ StackTrace: _causes, ...error }: ErrorObject): ErrorObject {
  return error;
}

/** The same, in the record of a batch. */
function withoutItemCauses(payload: string): string {
  if (!payload.startsWith('{"all":')) return payload;
  return JSON.stringify(JSON.parse(payload), (key, value: unknown) => (key === 'Cause' ? undefined : value));
}
