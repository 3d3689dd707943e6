import { StoreError } from '@middy-durable/backend';

/** What is needed of an AWS client. One of `@aws-sdk/client-lambda` or `@aws-sdk/client-eventbridge` fits as it is. */
export interface ClientLike {
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
}

interface OwnClient extends ClientLike {
  readonly middlewareStack: { remove(name: string): boolean };
}

/** What is used of the AWS SDK. Described here, so that our types need no package that is optional. */
interface Sdk {
  readonly LambdaClient: new (config: object) => OwnClient;
  readonly InvokeCommand: new (input: object) => object;
  readonly EventBridgeClient: new (config: object) => OwnClient;
  readonly PutEventsCommand: new (input: object) => object;
}

export type Send = (input: object, signal?: AbortSignal) => Promise<unknown>;

/** `Invoke` of Lambda. The AWS SDK is loaded at the first call. */
export function lambdaInvoke(given: ClientLike | undefined): Send {
  let own: ClientLike | undefined;
  return async (input, signal) => {
    const sdk = await load(() => import('@aws-sdk/client-lambda'), '@aws-sdk/client-lambda', 'invoke functions');
    own ??= given ?? ownLambdaClient(sdk);
    return own.send(new sdk.InvokeCommand(input) as never, signal && { abortSignal: signal });
  };
}

/**
 * A run that waits often goes back and forth between its function and the wake-up function. Each time it makes progress in
 * the log, so it is no loop; but by the header that this middleware passes on Lambda would take it for one, and drop it.
 */
function ownLambdaClient(sdk: Sdk): ClientLike {
  // Time enough for a call of an ordinary function that takes as long as one can.
  const client = new sdk.LambdaClient({ requestHandler: { connectionTimeout: 1000, requestTimeout: 905_000 } });
  client.middlewareStack.remove('recursionDetectionMiddleware');
  return client;
}

/** `PutEvents` of EventBridge. The AWS SDK is loaded at the first call. */
export function eventBridgePut(given: ClientLike | undefined): Send {
  let own: ClientLike | undefined;
  return async (input, signal) => {
    const name = '@aws-sdk/client-eventbridge';
    const sdk = await load(() => import('@aws-sdk/client-eventbridge'), name, 'deliver status changes');
    own ??= given ?? new sdk.EventBridgeClient({ requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 } });
    return own.send(new sdk.PutEventsCommand(input) as never, signal && { abortSignal: signal });
  };
}

async function load(importing: () => Promise<unknown>, name: string, purpose: string): Promise<Sdk> {
  try {
    return (await importing()) as Sdk;
  } catch (cause) {
    throw new StoreError(`The package ${name} is needed to ${purpose}: install it with the function.`, { cause });
  }
}
