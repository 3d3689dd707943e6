import type { OperationStatus, OperationUpdate } from '../src/wire.ts';

/** Every transition that an update may make: "TYPE FROM ACTION TO". Written from the protocol, not from the code. */
const LEGAL = `
  CONTEXT ABSENT START STARTED
  CONTEXT ABSENT SUCCEED SUCCEEDED
  CONTEXT ABSENT FAIL FAILED
  CONTEXT STARTED SUCCEED SUCCEEDED
  CONTEXT STARTED FAIL FAILED
  STEP ABSENT START STARTED
  STEP ABSENT SUCCEED SUCCEEDED
  STEP ABSENT FAIL FAILED
  STEP ABSENT RETRY PENDING
  STEP STARTED SUCCEED SUCCEEDED
  STEP STARTED FAIL FAILED
  STEP STARTED RETRY PENDING
  STEP READY START STARTED
  STEP READY SUCCEED SUCCEEDED
  STEP READY FAIL FAILED
  STEP READY RETRY PENDING
  WAIT ABSENT START STARTED
  WAIT STARTED CANCEL CANCELLED
  CALLBACK ABSENT START STARTED
  CHAINED_INVOKE ABSENT START STARTED
  EXECUTION STARTED SUCCEED SUCCEEDED
  EXECUTION STARTED FAIL FAILED`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' '));

interface ModelOperation {
  type: string;
  status: OperationStatus;
  name?: string | undefined;
  parent?: string | undefined;
}

/** What the protocol says about a run, as simply as it can be said: it copies all it has for every batch. */
export class LegalityModel {
  operations = new Map<string, ModelOperation>([['EXECUTION', { type: 'EXECUTION', status: 'STARTED' }]]);

  /** Takes the batch and answers true, or changes nothing and answers false. */
  take(updates: readonly OperationUpdate[]): boolean {
    const before = new Map([...this.operations].map(([id, operation]) => [id, { ...operation }]));
    const legal =
      this.status('EXECUTION') === 'STARTED' &&
      placesAreLegal(updates) &&
      updates.every((update) => this.#step(update));
    if (!legal) this.operations = before;
    return legal;
  }

  status(id: string): OperationStatus | 'ABSENT' {
    return this.operations.get(id)?.status ?? 'ABSENT';
  }

  /** A change that no update makes. */
  move(id: string, status: OperationStatus): void {
    const operation = this.operations.get(id);
    if (operation === undefined) throw new Error(`The model has no operation ${id}.`);
    operation.status = status;
  }

  #step(update: OperationUpdate): boolean {
    const id = update.Type === 'EXECUTION' ? 'EXECUTION' : update.Id;
    const stored = this.operations.get(id);
    const to = LEGAL.find(
      ([type, from, action]) => type === update.Type && from === this.status(id) && action === update.Action,
    )?.[3] as OperationStatus | undefined;
    if (to === undefined || !argumentsAreLegal(update)) return false;
    if (update.Type === 'EXECUTION') {
      this.move(id, to);
      return true;
    }
    if (update.ParentId !== undefined && this.operations.get(update.ParentId)?.type !== 'CONTEXT') return false;
    if (stored !== undefined) {
      const sameName = update.Name === undefined || update.Name === stored.name;
      const sameParent = update.ParentId === undefined || update.ParentId === stored.parent;
      if (stored.type !== update.Type || !sameName || !sameParent) return false;
      stored.status = to;
      return true;
    }
    this.operations.set(id, { type: update.Type, status: to, name: update.Name, parent: update.ParentId });
    return true;
  }
}

function placesAreLegal(updates: readonly OperationUpdate[]): boolean {
  const executionAt = updates.flatMap(({ Type }, index) => (Type === 'EXECUTION' ? [index] : []));
  if (executionAt.some((index) => index !== updates.length - 1)) return false;
  const others = updates.filter(({ Type }) => Type !== 'EXECUTION');
  return others.every(({ Id }) => {
    const [first, second, ...more] = others.filter((other) => other.Id === Id);
    if (second === undefined) return true;
    const pairable = first?.Type === second.Type && (second.Type === 'STEP' || second.Type === 'CONTEXT');
    return pairable && more.length === 0 && first.Action === 'START' && second.Action !== 'START';
  });
}

function argumentsAreLegal(update: OperationUpdate): boolean {
  const { Type, Action, Payload, Error: error } = update;
  const delayed = update.StepOptions?.NextAttemptDelaySeconds !== undefined;
  if (Type === 'STEP' && delayed !== (Action === 'RETRY')) return false;
  if (Type === 'WAIT' && Action === 'START' && update.WaitOptions?.WaitSeconds === undefined) return false;
  if (Type === 'CHAINED_INVOKE' && update.ChainedInvokeOptions === undefined) return false;
  if (Action === 'RETRY') return Payload === undefined || error === undefined;
  if (Action === 'FAIL') return Payload === undefined;
  return Action !== 'SUCCEED' || error === undefined;
}
