import { isFinal, type Operation, type OperationRecord, type RunState } from '@middy-durable/protocol';

/** Operations of the run in order of start, without the execution itself. */
export function operationsOf(state: RunState): OperationRecord[] {
  return [...state.operations.values()].filter(({ Type }) => Type !== 'EXECUTION');
}

/** The name that user code gave: a callback inside `waitForCallback` is anonymous and goes by its context's. */
export function givenName(state: RunState, { Name, Type, ParentId }: OperationRecord): string | undefined {
  if (Name !== undefined || Type !== 'CALLBACK' || ParentId === undefined) return Name;
  const parent = state.operations.get(ParentId);
  return parent?.SubType === 'WaitForCallback' ? parent.Name : undefined;
}

/** As messages name it: `callback "approval"`. */
export function describeOperation(type: Operation['Type'], name: string | undefined, id: string): string {
  const kind = type === 'CHAINED_INVOKE' ? 'invoke' : type.toLowerCase();
  return name === undefined ? `${kind} ${id} (unnamed)` : `${kind} "${name}"`;
}

/** What the run waits for, each with when it moves by itself. Contexts only wait for what is inside them. */
export function describeOpen(state: RunState): string[] {
  return operationsOf(state)
    .filter(({ Type, Status }) => Type !== 'CONTEXT' && !isFinal(Status))
    .map((operation) => {
      const text = describeOperation(operation.Type, givenName(state, operation), operation.Id);
      const due = operation.WaitDetails?.ScheduledEndTimestamp ?? operation.StepDetails?.NextAttemptTimestamp;
      return due === undefined ? text : `${text} (until ${new Date(due).toISOString()})`;
    });
}
