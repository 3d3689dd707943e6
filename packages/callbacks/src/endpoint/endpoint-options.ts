import type { Duration } from '@middy-durable/core';
import type { CallbackAnswer } from '../callback-answer.ts';
import type { CallbackClient } from '../client/callback-client.ts';
import type { Completion } from '../client/completion.ts';
import type { InvalidLinkReason } from '../links/invalid-link-error.ts';
import type { OpenedLink, SignedCallbackLinks } from '../links/signed-callback-links.ts';
import type { PayloadSchema } from '../standard-schema.ts';
import type { Html } from './html.ts';
import type { PageField, PageView } from './page.ts';
import type { RateLimit } from './rate-limit.ts';

/** Which callback a provider's message completes, and with what. */
export type WebhookTarget =
  /** A link's token that went with the request to the provider; `action` may be left out where the link allows one alone. */
  | { readonly token: string; readonly action?: string | undefined; readonly payload?: unknown }
  /** A callback id. Only where nobody but the provider could have put it there. */
  | { readonly callbackId: string; readonly durableExecutionArn?: string | undefined; readonly completion: Completion };

/** A provider whose signed messages complete callbacks. */
export interface WebhookOptions {
  /** Keys of the provider, as it shows them: `whsec_...` (HMAC-SHA256) or `whpk_...` (Ed25519). Several while they are changed. */
  secrets: readonly string[];
  /** The callback that a message is for. Its signature is checked already. `undefined`: none; it is acknowledged and forgotten. */
  target(message: unknown, id: string): WebhookTarget | undefined | Promise<WebhookTarget | undefined>;
  /** How old a message may be, or how far ahead. Default: 5 minutes. */
  tolerance?: Duration | undefined;
}

/** Why a request completed nothing. */
export type RefusalReason =
  | InvalidLinkReason
  | 'OTHER_AUDIENCE'
  | 'OTHER_ACTION'
  | 'CALLBACK_CLOSED'
  | 'CALLBACK_UNKNOWN'
  | 'NOT_SENT'
  | 'BAD_PAYLOAD'
  | 'BAD_SIGNATURE'
  | 'RATE_LIMITED';

/** A link as it may be noted anywhere. */
export type NotedLink = Pick<OpenedLink, 'id' | 'durableExecutionArn' | 'operation' | 'audience'>;

/** Options of {@link callbackEndpoint}. */
export interface CallbackEndpointOptions {
  /** The links that it answers, or at least their keys. */
  links: SignedCallbackLinks;
  /** How callbacks are completed. Default: on the Lambda service. */
  client?: CallbackClient | undefined;
  /** What may come with an answer: one schema of any Standard Schema library for all actions, or one for each. Default: nothing is checked. */
  payload?: PayloadSchema | Readonly<Record<string, PayloadSchema>> | undefined;
  /** Turns an answer into the callback's completion. Default: a success with the whole answer, which `waitForSignedCallback` reads. */
  completion?: ((answer: CallbackAnswer, link: NotedLink) => Completion | Promise<Completion>) | undefined;
  /**
   * Who calls, by what an authorizer put into the event. A link for somebody else is refused, and one for nobody in particular
   * too. Default: whoever has a link may use it.
   */
  audience?: ((event: unknown) => string | undefined | Promise<string | undefined>) | undefined;
  /** Texts of the buttons, by action. Default: the action's name, as words. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** What the page asks for beside the decision, by member of the payload. Default: nothing. */
  fields?: Readonly<Record<string, PageField>> | undefined;
  /** Makes every page: with `html`, which escapes what is shown, or as a text. Default: a plain one in English. */
  page?: ((view: PageView) => Html | string | Promise<Html | string>) | undefined;
  /** Signed messages of a provider. Default: none are taken. */
  webhooks?: WebhookOptions | undefined;
  /** Asked before anything else is done. Default: no limit; put one in front, or here. */
  rateLimit?: RateLimit | undefined;
  /** Told what was refused, and why. Not part of the answer. Default: nobody is. */
  onRefused?: ((reason: RefusalReason, link: NotedLink | undefined) => unknown) | undefined;
  /** Largest body, in bytes. Default: 65,536. */
  maxBodyBytes?: number | undefined;
  /** Epoch milliseconds, for the age of webhooks. Default: the process's clock. */
  now?: (() => number) | undefined;
}
