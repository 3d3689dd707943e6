import { type CallbackClient, callbackClient } from './callback-client.ts';

/**
 * The client of an option, or the usual one. `caller` is whose option it is.
 * @throws TypeError for anything that is no client
 */
export function usableClient(client: CallbackClient | undefined, caller: string): CallbackClient {
  if (client === undefined) return callbackClient();
  if (typeof client?.sendSuccess === 'function') return client;
  throw new TypeError(`${caller}: option client must be what callbackClient gives`);
}
