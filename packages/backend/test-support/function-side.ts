import type {
  CheckpointDurableExecutionResponse,
  DurableExecutionClient,
  DurableExecutionInvocationInput,
  OperationUpdate,
  WireOperation,
} from '@middy-durable/protocol';

/** The function's side by hand: keeps the token and the operations of one invocation. */
export class FunctionSide {
  readonly envelope: DurableExecutionInvocationInput;
  readonly operations = new Map<string, WireOperation>();
  token: string | undefined;
  /** What code the function says that it runs; undefined: it doesn't say. */
  code: string | undefined;
  readonly #client: DurableExecutionClient;

  constructor(client: DurableExecutionClient, envelope: DurableExecutionInvocationInput) {
    this.#client = client;
    this.envelope = envelope;
    this.token = envelope.CheckpointToken;
    this.#take(envelope.InitialExecutionState.Operations);
  }

  get arn(): string {
    return this.envelope.DurableExecutionArn;
  }

  /** Sends updates with the newest token and goes on with the one that comes back. */
  async checkpoint(...updates: OperationUpdate[]): Promise<CheckpointDurableExecutionResponse> {
    const response = await this.#client.checkpoint({
      DurableExecutionArn: this.arn,
      CheckpointToken: this.token ?? '',
      Updates: updates,
      ...(this.code !== undefined && { CodeVersion: this.code }),
    });
    this.token = response.CheckpointToken;
    this.#take(response.NewExecutionState.Operations ?? []);
    return response;
  }

  status(id: string): string | undefined {
    return this.operations.get(id)?.Status;
  }

  callbackId(id: string): string {
    return this.operations.get(id)?.CallbackDetails?.CallbackId ?? '';
  }

  #take(operations: readonly WireOperation[]): void {
    for (const operation of operations) this.operations.set(operation.Id, operation);
  }
}

export const startStep = (Id: string, Name = Id): OperationUpdate => ({ Id, Name, Type: 'STEP', Action: 'START' });
export const succeedStep = (Id: string, Payload?: string): OperationUpdate => ({
  Id,
  Type: 'STEP',
  Action: 'SUCCEED',
  Payload,
});
export const retryStep = (Id: string, seconds: number): OperationUpdate => ({
  Id,
  Type: 'STEP',
  Action: 'RETRY',
  Error: { ErrorType: 'Flaky', ErrorMessage: 'not yet' },
  StepOptions: { NextAttemptDelaySeconds: seconds },
});
export const startWait = (Id: string, seconds: number): OperationUpdate => ({
  Id,
  Type: 'WAIT',
  Action: 'START',
  WaitOptions: { WaitSeconds: seconds },
});
export const startCallback = (Id: string, timeout?: number, heartbeat?: number): OperationUpdate => ({
  Id,
  Type: 'CALLBACK',
  Action: 'START',
  CallbackOptions: { TimeoutSeconds: timeout, HeartbeatTimeoutSeconds: heartbeat },
});
export const succeedExecution = (Payload?: string): OperationUpdate => ({
  Id: 'execution-result-1',
  Type: 'EXECUTION',
  Action: 'SUCCEED',
  Payload,
});
export const PENDING = { Status: 'PENDING' } as const;
export const succeeded = (Result?: string): { Status: 'SUCCEEDED'; Result?: string | undefined } => ({
  Status: 'SUCCEEDED',
  Result,
});
