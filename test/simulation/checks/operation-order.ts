import type { OperationEvent } from '@middy-durable/protocol';

type Place = 'absent' | 'open' | 'delayed' | 'ready' | 'over';

/** What may follow what, written from the protocol's history and not from the state machine: "from event to". */
const ORDER: ReadonlyMap<string, Place> = new Map(
  `
  absent ContextStarted open
  open ContextSucceeded over
  open ContextFailed over
  absent StepStarted open
  ready StepStarted open
  open StepSucceeded over
  ready StepSucceeded over
  open StepFailed over
  ready StepFailed over
  delayed StepReady ready
  absent WaitStarted open
  open WaitSucceeded over
  open WaitCancelled over
  absent CallbackStarted open
  open CallbackSucceeded over
  open CallbackFailed over
  open CallbackTimedOut over
  absent ChainedInvokeStarted open
  open ChainedInvokeSucceeded over
  open ChainedInvokeFailed over
  open ChainedInvokeTimedOut over
  open ChainedInvokeStopped over`
    .trim()
    .split('\n')
    .map((line) => {
      const [from, event, to] = line.trim().split(' ');
      return [`${from} ${event}`, to as Place];
    }),
);

interface Tracked {
  place: Place;
  family: string;
  started: OperationEvent;
  attempts: number;
  /** Earliest moment of the next timer event. */
  notBefore: number;
}

/** Follows each operation of a log by itself. */
export class OperationOrder {
  readonly #operations = new Map<string, Tracked>();

  /** Why the event can't follow, or undefined when it can. */
  problem(event: OperationEvent): string | undefined {
    const known = this.#operations.get(event.id);
    const family = /^(Context|Step|Wait|Callback|ChainedInvoke)/.exec(event.type)?.[0] ?? '';
    if (known && known.family !== family) return `${event.type} for a ${known.family}`;
    const isRetry =
      (event.type === 'StepFailed' || event.type === 'StepSucceeded') && event.nextAttemptDelay !== undefined;
    const next = ORDER.get(`${known?.place ?? 'absent'} ${event.type}`);
    if (next === undefined) return `${event.type} while it is ${known?.place ?? 'absent'}`;
    if (
      'parentId' in event &&
      event.parentId !== undefined &&
      this.#operations.get(event.parentId)?.family !== 'Context'
    ) {
      return `its parent ${event.parentId} is no context`;
    }
    if ('parentId' in event && this.#operations.get(event.parentId ?? '')?.place === 'over') {
      return `it begins in ${event.parentId}, which is over`;
    }
    const operation = known ?? { place: 'absent', family, started: event, attempts: 0, notBefore: 0 };
    if ((event.type === 'StepReady' || event.type === 'WaitSucceeded') && event.at < operation.notBefore) {
      return `${event.type} ${operation.notBefore - event.at} ms too early`;
    }
    if (event.type === 'WaitStarted') operation.notBefore = event.at + event.seconds * 1000;
    if (isRetry) operation.notBefore = event.at + (event.nextAttemptDelay as number) * 1000;
    if (event.type === 'StepStarted') operation.attempts += 1;
    operation.place = isRetry ? 'delayed' : next;
    this.#operations.set(event.id, operation);
    return undefined;
  }

  /** Operations that only somebody outside can end, and that nothing ends by itself. */
  get openForEver(): string[] {
    return [...this.#operations]
      .filter(([, { place, started }]) => place === 'open' && started.type === 'CallbackStarted')
      .filter(
        ([, { started }]) =>
          !('timeout' in started && started.timeout) && !('heartbeatTimeout' in started && started.heartbeatTimeout),
      )
      .map(([id]) => id);
  }

  /** True when the operation with this name has ended. */
  isOver(name: string): boolean {
    return this.#named(name)?.place === 'over';
  }

  /** How many operations of each kind have begun. */
  get kinds(): Map<string, number> {
    const kinds = new Map<string, number>();
    for (const { started } of this.#operations.values()) {
      const kind = ('subType' in started && started.subType) || started.type.replace('Started', '');
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return kinds;
  }

  /** Attempts that have begun of the operation with this name. */
  attemptsOf(name: string): number {
    return this.#named(name)?.attempts ?? 0;
  }

  #named(name: string): Tracked | undefined {
    for (const operation of this.#operations.values()) {
      if ('name' in operation.started && operation.started.name === name) return operation;
    }
    return undefined;
  }
}
