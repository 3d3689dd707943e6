/**
 * The outside of a callback: a client, signed links, an endpoint behind HTTP, consumers of events.
 * @module
 */
export {
  type CallbackClient,
  type CallbackClientOptions,
  callbackClient,
} from './client/callback-client.ts';
export {
  CallbackAlreadyCompletedError,
  CallbackClientError,
  CallbackClosedError,
  CallbackNotSentError,
  CallbackRefusedError,
  CallbackTimedOutError,
  UnknownCallbackError,
} from './client/callback-errors.ts';
