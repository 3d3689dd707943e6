import { type CallbackClient, callbackEndpoint, type HttpResponse } from '@middy-durable/callbacks';
import { links, Remark } from './links.ts';

/** What answers behind the links, wherever the executions are kept. */
export function endpointFor(client: CallbackClient): (event: unknown) => Promise<HttpResponse> {
  return callbackEndpoint({
    links,
    client,
    labels: { approve: 'Approve', reject: 'Reject' },
    fields: { comment: { label: 'Comment', multiline: true } },
    payload: Remark,
  });
}
