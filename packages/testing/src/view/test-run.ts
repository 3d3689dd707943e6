import { type ErrorObject, type ExecutionStatus, type HistoryEvent, historyOf } from '@middy-durable/protocol';
import type { InvocationRecord } from '../runner/invocation-log.ts';
import { ExecutionFailedError, ExecutionRunningError, listed, TestRunnerError } from './errors.ts';
import { describeOpen, givenName, operationsOf } from './operation-names.ts';
import type { RunView } from './run-log.ts';
import { TestOperation } from './test-operation.ts';

/** An execution as it was when the test looked: nothing in it changes afterwards. `Result` is what the handler returns. */
export class TestRun<Result = unknown> {
  readonly arn: string;
  readonly name: string;
  /** `RUNNING` when it waits for what only the outside can give. */
  readonly status: ExecutionStatus;
  /** Why it is not `SUCCEEDED`, as recorded; undefined while it runs. */
  readonly error: ErrorObject | undefined;
  readonly startedAt: Date;
  /** Undefined while it runs. */
  readonly endedAt: Date | undefined;
  readonly invocations: readonly InvocationRecord[];
  readonly #resultText: string | undefined;
  readonly #operations: readonly TestOperation[];
  readonly #history: readonly HistoryEvent[];
  /** What it waits for, one text each: `callback "approval"`. */
  readonly open: readonly string[];

  /** @internal */
  constructor(arn: string, { state, events }: RunView, invocations: readonly InvocationRecord[]) {
    this.arn = arn;
    this.name = state.name;
    this.status = state.status;
    this.error = state.error && structuredClone(state.error);
    this.startedAt = new Date(state.startedAt);
    this.endedAt = state.endedAt === undefined ? undefined : new Date(state.endedAt);
    this.invocations = invocations;
    this.#resultText = state.result;
    this.#history = historyOf(events);
    const eventsOf = byOperation(this.#history);
    this.#operations = operationsOf(state).map(
      (record) => new TestOperation(record, givenName(state, record), eventsOf.get(record.Id) ?? []),
    );
    this.open = state.status === 'RUNNING' ? describeOpen(state) : [];
  }

  /**
   * What the handler returned.
   *
   * @throws ExecutionRunningError while it runs, with what it waits for
   * @throws ExecutionFailedError when it failed, timed out or was stopped
   */
  get result(): Result {
    if (this.status === 'RUNNING') throw new ExecutionRunningError(this.name, this.open);
    if (this.status !== 'SUCCEEDED') throw new ExecutionFailedError(this.name, this.status, this.error, this.#bodies());
    // A handler that returns nothing records nothing.
    return (this.#resultText ? JSON.parse(this.#resultText) : undefined) as Result;
  }

  /** Steps whose body has begun and has not ended, where that is why the execution failed. */
  #bodies(): string[] {
    if (this.error?.ErrorType !== 'Sandbox.Timedout') return [];
    const begun = this.#operations.filter(({ record: { Type, Status } }) => Type === 'STEP' && Status === 'STARTED');
    return begun.map(({ record: { Name } }) => (Name === undefined ? 'a step' : `step "${Name}"`));
  }

  /** The history in the shape of `GetDurableExecutionHistory`, oldest first. */
  history(): HistoryEvent[] {
    return [...this.#history];
  }

  /** All operations in order of start, also those inside finished contexts. */
  operations(): TestOperation[] {
    return [...this.#operations];
  }

  /**
   * One operation: by its name, or by its place in order of start (from 0).
   *
   * @param occurrence which one of several with that name, from 0. Default 0.
   * @throws TestRunnerError when there is none, with those there are
   * @example run.operation('charge').attempts
   */
  operation(nameOrIndex: string | number, occurrence = 0): TestOperation {
    const found =
      typeof nameOrIndex === 'number'
        ? this.#operations[nameOrIndex]
        : this.#operations.filter(({ record }) => record.Name === nameOrIndex)[occurrence];
    if (found !== undefined) return found;
    const wanted = typeof nameOrIndex === 'number' ? `number ${nameOrIndex}` : `"${nameOrIndex}"`;
    const which = occurrence > 0 ? ` (occurrence ${occurrence}, from 0)` : '';
    const names = this.#operations.map(({ record: { Name, Type } }) =>
      Name === undefined ? `(${Type})` : `"${Name}"`,
    );
    throw new TestRunnerError(
      `Execution ${this.name} has no operation ${wanted}${which}. In order of start it has ${listed(names)}.`,
    );
  }
}

function byOperation(history: readonly HistoryEvent[]): Map<string | undefined, HistoryEvent[]> {
  const events = new Map<string | undefined, HistoryEvent[]>();
  for (const event of history) {
    const own = events.get(event.Id);
    if (own === undefined) events.set(event.Id, [event]);
    else own.push(event);
  }
  return events;
}
