import type { ChainedInvokeDetails, OperationUpdate } from '@middy-durable/protocol';
import { type FunctionSide, PENDING, succeeded } from './function-side.ts';
import type { Handler, World } from './world.ts';

export interface CallOptions {
  functionName?: string;
  payload?: string | undefined;
  tenantId?: string;
}

export const startCall = (Id: string, { functionName = 'bills', payload, tenantId }: CallOptions): OperationUpdate => ({
  Id,
  Type: 'CHAINED_INVOKE',
  Action: 'START',
  Name: 'the bill',
  Payload: payload,
  ChainedInvokeOptions: { FunctionName: functionName, TenantId: tenantId },
});

/** A durable function that calls another one, waits, and returns how the call ended. */
export function caller(options: CallOptions = { payload: '{"n":1}' }): Handler {
  return async (side) => {
    if (side.status('call') === undefined) await side.checkpoint(startCall('call', options));
    const { Status, ChainedInvokeDetails } = side.operations.get('call') ?? {};
    return Status === 'STARTED' ? PENDING : succeeded(JSON.stringify([Status, ChainedInvokeDetails]));
  };
}

/** Lets `orders` run one handler and all other functions another one. */
export function divided(orders: Handler, others: Handler): Handler {
  return (side, context) => (functionOf(side) === 'orders' ? orders(side, context) : others(side, context));
}

export function functionOf(side: FunctionSide): string {
  return side.arn.split(':')[6] as string;
}

/** How the call of an ended caller ended. */
export async function callOf(world: World, arn: string): Promise<[string, ChainedInvokeDetails]> {
  const { Result } = await world.backend.executions.get(arn);
  return JSON.parse(Result ?? 'null');
}

/** ARNs of the executions of `functionName`. */
export async function executionsOf(world: World, functionName: string): Promise<string[]> {
  const { DurableExecutions } = await world.backend.executions.list({ functionName });
  return DurableExecutions.map(({ DurableExecutionArn }) => DurableExecutionArn);
}
