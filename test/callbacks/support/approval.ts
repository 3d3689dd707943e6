import {
  answerDeserializer,
  type CallbackEndpointOptions,
  callbackClient,
  callbackEndpoint,
  type LinkRequest,
  type SignedLink,
  signedCallbackLinks,
} from '@middy-durable/callbacks';
import { client } from './entrances.ts';
import type { Place } from './places.ts';

export const SECRETS = [{ id: 'one', secret: 'a secret of more than thirty-two bytes' }];
export const DAY = 86_400_000;

/** An execution that waits for an approval by link, and the endpoint of its links. */
export async function approvalIn(
  place: Place,
  options: Partial<CallbackEndpointOptions> = {},
  timeout: { seconds: number } | { days: number } = { days: 3 },
) {
  const links = signedCallbackLinks({
    secrets: SECRETS,
    url: 'https://api.example.com/approvals',
    now: () => place.time.now(),
  });
  let callbackId = '';
  const arn = await place.start(async (_event, context) =>
    context
      .waitForCallback(
        'approval',
        async (id) => {
          callbackId = id;
        },
        { serdes: answerDeserializer(), timeout },
      )
      .catch((error: unknown) => ({ failed: (error as Error).name, message: (error as Error).message })),
  );
  const outcomes: string[] = [];
  const endpoint = callbackEndpoint({
    links,
    client: callbackClient(place.client),
    onRefused: (reason) => outcomes.push(reason),
    now: () => place.time.now(),
    ...options,
  });
  return {
    arn,
    callbackId,
    links,
    endpoint,
    browser: client(endpoint),
    /** Why requests were refused, in order. */
    refusals: outcomes,
    mint: (request: Partial<LinkRequest> = {}): Promise<SignedLink> =>
      links.mint({
        callbackId,
        durableExecutionArn: arn,
        operation: 'approval',
        actions: ['approve', 'reject'],
        ...request,
      }),
    /** What the execution got, once it has ended. */
    async result(): Promise<unknown> {
      await place.settle();
      const { Status, Result } = await place.look(arn);
      return Status === 'SUCCEEDED' ? JSON.parse(Result ?? 'null') : Status;
    },
  };
}
