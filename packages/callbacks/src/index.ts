/**
 * The outside of a callback: a client, signed links, an endpoint behind HTTP, consumers of events.
 * @module
 */

export { answerDeserializer, type CallbackAnswer } from './callback-answer.ts';
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
export type { Completion } from './client/completion.ts';
export { callbackEndpoint } from './endpoint/callback-endpoint.ts';
export type {
  CallbackEndpointOptions,
  NotedLink,
  RefusalReason,
  WebhookOptions,
  WebhookTarget,
} from './endpoint/endpoint-options.ts';
export { escapeHtml, type Html, type HtmlPart, html } from './endpoint/html.ts';
export type { HttpResponse } from './endpoint/http-response.ts';
export type { PageField, PageView } from './endpoint/page.ts';
export type { RateLimit, RateLimitRequest } from './endpoint/rate-limit.ts';
export type { EventCompletion } from './events/complete-event.ts';
export {
  type CompletesCallbacksMiddleware,
  type CompletesCallbacksOptions,
  completesCallbacks,
} from './events/completes-callbacks.ts';
export type { EventRecord } from './events/event-records.ts';
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
export type { PayloadSchema, SchemaIssue, SchemaResult } from './standard-schema.ts';
export {
  type SignedCallbackOptions,
  type SignedCallbackRequest,
  waitForSignedCallback,
} from './waiting/wait-for-signed-callback.ts';
export { type HeartbeatWork, type Schedule, withHeartbeat } from './waiting/with-heartbeat.ts';
