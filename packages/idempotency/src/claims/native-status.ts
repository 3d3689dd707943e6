import { isFinal } from '@middy-durable/protocol';
import { isGone, type OwnerStatus } from './owner-status.ts';

interface Sender {
  send(command: never): Promise<unknown>;
}

let ownClient: Sender | undefined;

/** The status of an execution that the Lambda service keeps; its own role must allow lambda:GetDurableExecution. */
export async function nativeStatus(arn: string, client: Sender | undefined): Promise<OwnerStatus> {
  const region = arn.split(':')[3];
  // Another region knows nothing of it.
  if (!client && process.env.AWS_REGION !== undefined && region !== process.env.AWS_REGION) return 'unknown';
  const sdk = await import('@aws-sdk/client-lambda');
  if (!client) ownClient ??= new sdk.LambdaClient({});
  const sender = client ?? (ownClient as Sender);
  try {
    const command = new sdk.GetDurableExecutionCommand({ DurableExecutionArn: arn });
    const { Status } = (await sender.send(command as never)) as { Status?: string };
    if (Status === undefined) return 'unknown';
    return isFinal(Status as never) ? 'ended' : 'running';
  } catch (error) {
    if (isGone(error)) return 'ended';
    throw error;
  }
}
