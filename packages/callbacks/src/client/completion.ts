import type { CompletionOptions } from '@middy-durable/protocol';
import type { CallbackClient } from './callback-client.ts';

/** How a callback is completed. */
export type Completion = { readonly result: unknown } | { readonly error: unknown };

export async function sendCompletion(
  client: CallbackClient,
  callbackId: string,
  completion: Completion,
  options: CompletionOptions,
): Promise<void> {
  if ('error' in completion) await client.sendFailure(callbackId, completion.error, options);
  else await client.sendSuccess(callbackId, completion.result, options);
}
