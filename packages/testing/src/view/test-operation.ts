import type {
  ErrorObject,
  HistoryEvent,
  Operation,
  OperationRecord,
  OperationStatus,
  OperationType,
} from '@middy-durable/protocol';
import { TestRunnerError } from './errors.ts';
import { describeOperation } from './operation-names.ts';

/** One operation of an execution, as it was when the test looked. */
export class TestOperation {
  /** The record as it is on the wire. */
  readonly record: Operation;
  /** As the code named it; the callback inside a `waitForCallback` goes by that name too. */
  readonly name: string | undefined;
  /** Its events in the history, in wire shape. */
  readonly events: readonly HistoryEvent[];

  /** @internal */
  constructor(record: OperationRecord, name: string | undefined, events: readonly HistoryEvent[]) {
    this.record = withDates(record);
    this.name = name;
    this.events = events;
  }

  get id(): string {
    return this.record.Id;
  }

  get parentId(): string | undefined {
    return this.record.ParentId;
  }

  get type(): OperationType {
    return this.record.Type;
  }

  get subType(): string | undefined {
    return this.record.SubType;
  }

  get status(): OperationStatus {
    return this.record.Status;
  }

  /** Attempts of a step that have ended; 0 for other operations. */
  get attempts(): number {
    return this.record.StepDetails?.Attempt ?? 0;
  }

  /** The recorded result as text; undefined when there is none. */
  get resultText(): string | undefined {
    return this.#details?.Result;
  }

  get error(): ErrorObject | undefined {
    return this.#details?.Error;
  }

  /**
   * The recorded result, read as JSON; undefined when there is none.
   *
   * @throws TestRunnerError when it is no JSON: the raw result of a callback, or the text of another serdes
   * @example run.operation('total').json<number>() // 42
   */
  json<T = unknown>(): T {
    const text = this.resultText;
    if (text === undefined) return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const what = describeOperation(this.type, this.name, this.id);
      throw new TestRunnerError(`The result of ${what} is no JSON: use resultText.`, { cause });
    }
  }

  get #details(): { Result?: string | undefined; Error?: ErrorObject | undefined } | undefined {
    const { StepDetails, ContextDetails, CallbackDetails, ChainedInvokeDetails } = this.record;
    return StepDetails ?? ContextDetails ?? CallbackDetails ?? ChainedInvokeDetails;
  }
}

/** Records are kept with epoch milliseconds; AWS clients show dates. */
function withDates(record: OperationRecord): Operation {
  const { StartTimestamp, EndTimestamp, StepDetails, WaitDetails, ...rest } = structuredClone(record);
  const operation: Operation = { ...rest, StartTimestamp: new Date(StartTimestamp) };
  if (EndTimestamp !== undefined) operation.EndTimestamp = new Date(EndTimestamp);
  if (StepDetails !== undefined) {
    const { NextAttemptTimestamp: next, ...details } = StepDetails;
    operation.StepDetails = next === undefined ? details : { ...details, NextAttemptTimestamp: new Date(next) };
  }
  if (WaitDetails !== undefined) {
    const end = WaitDetails.ScheduledEndTimestamp;
    operation.WaitDetails = end === undefined ? {} : { ScheduledEndTimestamp: new Date(end) };
  }
  return operation;
}
