import { isFinal } from '@middy-durable/protocol';
import { isGone, type OwnerStatus } from './owner-status.ts';

interface Sender {
  send(command: never): Promise<unknown>;
  readonly config?: { readonly region?: unknown; readonly isCustomEndpoint?: unknown } | undefined;
}

let ownClient: Sender | undefined;

/** The status of an execution that the Lambda service keeps; its own role must allow lambda:GetDurableExecution. */
export async function nativeStatus(arn: string, client: Sender | undefined): Promise<OwnerStatus> {
  const region = await regionOf(client);
  // Another region knows nothing of it: its "not found" would make two owners.
  if (region !== undefined && region !== arn.split(':')[3]) return 'unknown';
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

/** The region that is asked; undefined where nobody knows it, or an endpoint of its own answers for all. */
async function regionOf(client: Sender | undefined): Promise<unknown> {
  if (!client) return process.env.AWS_REGION;
  const { region, isCustomEndpoint } = client.config ?? {};
  if (isCustomEndpoint === true) return undefined;
  return typeof region === 'function' ? region() : region;
}
