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
export { InvalidLinkError, type InvalidLinkReason } from './links/invalid-link-error.ts';
export type { LinkGrant } from './links/link-grant.ts';
export type { LinkSecret, LinkSecrets } from './links/link-keys.ts';
export {
  type LinkRequest,
  type OpenedLink,
  type SignedCallbackLinks,
  type SignedCallbackLinksOptions,
  type SignedLink,
  signedCallbackLinks,
} from './links/signed-callback-links.ts';
