import { isDurableInvocation, parseExecutionArn } from '@middy-durable/protocol';
import type { InvokeMessage } from './messages.ts';

const UNPUBLISHED = '$LATEST';

/** The second argument of a handler, in the members that Lambda for Node gives it. */
export interface LambdaContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  tenantId: string | undefined;
  /** Milliseconds until this invocation is ended, 0 when it should have been. */
  getRemainingTimeInMillis(): number;
}

/** The context of the invocation that `message` asks for. */
export function lambdaContext(message: InvokeMessage, event: unknown): LambdaContext {
  const { requestId, functionName, memoryLimit, deadline } = message;
  const version = versionOf(event);
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: version,
    invokedFunctionArn: functionArn(functionName, version, event),
    memoryLimitInMB: String(memoryLimit),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `${day}/[${version}]${process.pid}`,
    callbackWaitsForEmptyEventLoop: true,
    tenantId: message.tenantId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** The one on which the execution started. */
function versionOf(event: unknown): string {
  return isDurableInvocation(event) ? parseExecutionArn(event.DurableExecutionArn).qualifier : UNPUBLISHED;
}

function functionArn(functionName: string, version: string, event: unknown): string {
  const execution = isDurableInvocation(event) ? parseExecutionArn(event.DurableExecutionArn) : undefined;
  const { partition = 'aws', region = 'us-east-1', account = '000000000000' } = execution ?? {};
  return `arn:${partition}:lambda:${region}:${account}:function:${functionName}:${version}`;
}
