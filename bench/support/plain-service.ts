import type { DurableExecutionClient, OperationUpdate, WireOperation } from '@middy-durable/core';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:bench:1/durable-execution/bench/1';

/**
 * The service of one execution, as cheap as it can be: it believes every update, so that what is measured is the engine.
 * Answers in a microtask, or after `latency` milliseconds.
 */
export class PlainService {
  readonly #operations = new Map<string, WireOperation>();
  readonly #latency: number;
  #tokens = 0;
  requests = 0;
  /** `performance.now()` when the latest request was answered. */
  answeredAt = 0;

  constructor(latency = 0) {
    this.#latency = latency;
    this.#put({ Id: 'execution', Type: 'EXECUTION', Status: 'STARTED', ExecutionDetails: { InputPayload: '{}' } });
  }

  readonly client: DurableExecutionClient = {
    checkpoint: async ({ Updates = [] }) => {
      this.requests++;
      const changed = new Map<string, WireOperation>();
      for (const update of Updates) changed.set(update.Id, this.#apply(update));
      if (this.#latency > 0) await new Promise((resolve) => setTimeout(resolve, this.#latency));
      this.answeredAt = performance.now();
      return {
        CheckpointToken: this.#token(),
        NewExecutionState: { Operations: [...changed.values()].map((operation) => ({ ...operation })) },
      };
    },
    getExecutionState: async () => ({ Operations: [] }),
  };

  /** What an invocation begins with; parsed from text, as it would arrive. */
  envelope(): unknown {
    const Operations = JSON.parse(JSON.stringify([...this.#operations.values()])) as WireOperation[];
    return { DurableExecutionArn: ARN, CheckpointToken: this.#token(), InitialExecutionState: { Operations } };
  }

  #token(): string {
    return `token-${++this.#tokens}`;
  }

  #put(details: Partial<WireOperation>): WireOperation {
    const operation = { StartTimestamp: new Date(), ...details } as WireOperation;
    this.#operations.set(operation.Id as string, operation);
    return operation;
  }

  #apply(update: OperationUpdate): WireOperation {
    const { Id, Type, SubType, Name, ParentId, Action, Payload, Error: error } = update;
    const operation =
      this.#operations.get(Id) ??
      this.#put({ Id, Type, SubType, Name, ParentId, Status: 'STARTED' } as Partial<WireOperation>);
    const ended = Action === 'SUCCEED' || Action === 'FAIL';
    if (ended) {
      operation.Status = Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED';
      operation.EndTimestamp = new Date();
    }
    const outcome = { ...(Payload !== undefined && { Result: Payload }), ...(error && { Error: error }) };
    if (Type === 'STEP') operation.StepDetails = { Attempt: ended ? 1 : 0, ...outcome };
    else if (Type === 'CONTEXT' && ended) operation.ContextDetails = outcome;
    else if (Type === 'CALLBACK') operation.CallbackDetails = { CallbackId: `callback-${Id}` };
    else if (Type === 'WAIT') {
      const seconds = update.WaitOptions?.WaitSeconds ?? 0;
      operation.WaitDetails = { ScheduledEndTimestamp: new Date(Date.now() + seconds * 1000) };
    }
    return operation;
  }
}
