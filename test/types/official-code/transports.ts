import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  type CheckpointUpdatedExecutionState,
  type DurableExecutionClient,
  DurableExecutionClientError,
  type DurableExecutionClientErrorOptions,
  DurableExecutionClientErrorScope,
  type DurableExecutionInvocationInput,
  type DurableLogger,
  type GetDurableExecutionStateRequest,
  type GetDurableExecutionStateResponse,
  isDurableExecutionClientError,
  type WireOperation,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';

/** Straight to the service, with the answers of the AWS client as they are. */
class DirectClient implements DurableExecutionClient {
  readonly #lambda = new LambdaClient({});
  async checkpoint(
    params: CheckpointDurableExecutionRequest,
    logger?: DurableLogger,
  ): Promise<CheckpointDurableExecutionResponse> {
    logger?.debug('checkpoint', { updates: params.Updates?.length });
    return this.#lambda.send(new CheckpointDurableExecutionCommand(params));
  }
  async getExecutionState(
    params: GetDurableExecutionStateRequest,
    logger?: DurableLogger,
  ): Promise<GetDurableExecutionStateResponse> {
    logger?.debug('state', params.Marker);
    return this.#lambda.send(new GetDurableExecutionStateCommand(params));
  }
}

/** Around another transport. */
const measured = (inner: DurableExecutionClient): DurableExecutionClient => ({
  checkpoint: async (params, logger) => {
    const response = await inner.checkpoint(params, logger);
    const state: CheckpointUpdatedExecutionState | undefined = response.NewExecutionState;
    console.log(response.CheckpointToken, state?.Operations?.length, state?.NextMarker);
    return response;
  },
  getExecutionState: (params, logger) => inner.getExecutionState(params, logger),
});

/** In memory, as tests of handlers have it. */
class MemoryClient implements DurableExecutionClient {
  readonly #operations = new Map<string, WireOperation>();
  async checkpoint({ Updates = [], CheckpointToken }: CheckpointDurableExecutionRequest) {
    for (const { Id, Type, Action, Payload, StepOptions, WaitOptions, ChainedInvokeOptions } of Updates) {
      if (!Id) throw new DurableExecutionClientError('no id', { scope: DurableExecutionClientErrorScope.EXECUTION });
      const operation: WireOperation = {
        Id,
        Type,
        Status: Action === 'SUCCEED' ? 'SUCCEEDED' : 'STARTED',
        StartTimestamp: new Date().toISOString(),
        StepDetails: { Attempt: 1, Result: Payload, NextAttemptTimestamp: new Date() },
        WaitDetails: { ScheduledEndTimestamp: WaitOptions?.WaitSeconds === undefined ? undefined : '2030-01-01' },
      };
      this.#operations.set(Id, operation);
      console.log(StepOptions?.NextAttemptDelaySeconds, ChainedInvokeOptions?.FunctionName);
    }
    return {
      CheckpointToken: `${CheckpointToken}+`,
      NewExecutionState: { Operations: [...this.#operations.values()] },
    };
  }
  async getExecutionState() {
    return { Operations: [...this.#operations.values()] };
  }
  event(): DurableExecutionInvocationInput {
    return {
      DurableExecutionArn: 'arn',
      CheckpointToken: '1',
      InitialExecutionState: { Operations: [...this.#operations.values()] },
    };
  }
}

export const handlers = [new DirectClient(), measured(new DirectClient()), new MemoryClient()].map((client) =>
  withDurableExecution(async () => 'done', { durableExecutionClient: client }),
);

const options: DurableExecutionClientErrorOptions = { scope: 'INVOCATION', cause: new Error('socket') };
const scopes: DurableExecutionClientErrorScope[] = [
  DurableExecutionClientErrorScope.INVOCATION,
  DurableExecutionClientErrorScope.EXECUTION,
];
export function scopeOf(error: unknown): DurableExecutionClientErrorScope | undefined {
  const mine = new DurableExecutionClientError('unreachable', options);
  if (isDurableExecutionClientError(error)) return error.scope;
  return mine.isDurableExecutionClientError ? scopes[0] : undefined;
}
