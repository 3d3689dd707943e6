import type { DynamoDBBackend } from '@middy-durable/dynamodb';
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  OperationUpdate,
  WireOperation,
} from '@middy-durable/protocol';
import type { FunctionContext, LambdaFunction, World } from './wake-up-world.ts';

export type Checkpoint = (...updates: OperationUpdate[]) => Promise<WireOperation[]>;
export type Body = (
  done: Map<string, WireOperation>,
  checkpoint: Checkpoint,
  envelope: DurableExecutionInvocationInput,
) => Promise<DurableExecutionInvocationOutput>;

export const PENDING: { readonly Status: 'PENDING' } = { Status: 'PENDING' };
export const wait = (seconds: number): OperationUpdate => ({
  Id: 'wait',
  Type: 'WAIT',
  Action: 'START',
  WaitOptions: { WaitSeconds: seconds },
});

/** A durable function in the calls of the protocol. */
export function durable(backend: DynamoDBBackend, body: Body): LambdaFunction {
  return async (event: unknown, context: FunctionContext) => {
    const opened = await backend.open(event, context, { executionName: ({ id }: { id?: string }) => id });
    if ('answer' in opened) return opened.answer;
    const { run, inline } = opened;
    const { DurableExecutionArn } = run;
    const done = new Map(run.InitialExecutionState.Operations.map((operation) => [operation.Id, operation]));
    let token: string | undefined = run.CheckpointToken;
    const checkpoint: Checkpoint = async (...Updates) => {
      const answer = await backend.client.checkpoint({ DurableExecutionArn, CheckpointToken: token ?? '', Updates });
      token = answer.CheckpointToken;
      return answer.NewExecutionState.Operations ?? [];
    };
    try {
      return await inline?.close(await body(done, checkpoint, run));
    } catch (error) {
      await inline?.abandon(error);
      throw error;
    }
  };
}

/** Waits, then does its effect in a step and ends. */
export function waiting(world: World, seconds: number): { body: Body; effects: number[] } {
  const effects: number[] = [];
  const body: Body = async (done, checkpoint) => {
    if (!done.has('wait')) await checkpoint(wait(seconds));
    if (done.get('wait')?.Status !== 'SUCCEEDED') return PENDING;
    await checkpoint({ Id: 'pay', Type: 'STEP', Action: 'START' });
    effects.push(world.clock.now());
    await checkpoint({ Id: 'pay', Type: 'STEP', Action: 'SUCCEED', Payload: '1' });
    return { Status: 'SUCCEEDED', Result: '"paid"' };
  };
  return { body, effects };
}

export async function statusOf(backend: DynamoDBBackend, name: string): Promise<string | undefined> {
  return (await backend.executions.list({ name })).DurableExecutions[0]?.Status;
}
