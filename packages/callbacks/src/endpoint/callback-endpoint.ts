import { durationSeconds } from '@middy-durable/core';
import { usableClient } from '../client/usable-client.ts';
import { ACTION_PATTERN } from '../links/link-grant.ts';
import { checkSchema } from '../standard-schema.ts';
import { answerLinks } from './answer-links.ts';
import { answerWebhooks } from './answer-webhooks.ts';
import { Answers } from './answers.ts';
import type { CallbackEndpointOptions } from './endpoint-options.ts';
import { readHttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import { limited } from './rate-limit.ts';
import { readQuery, readSubmission, type Submission } from './request-content.ts';
import { type WebhookKey, webhookKey } from './webhook-signature.ts';

const DEFAULT_MAX_BODY_BYTES = 65_536;
/** Largest payload of an invocation. */
const MOST_BODY_BYTES = 6 * 1024 * 1024;
const DEFAULT_TOLERANCE = { minutes: 5 } as const;

/** {@link CallbackEndpointOptions} with everything decided. */
export interface Endpoint extends CallbackEndpointOptions {
  readonly client: NonNullable<CallbackEndpointOptions['client']>;
  readonly maxBodyBytes: number;
  readonly now: () => number;
  readonly webhookKeys: readonly WebhookKey[];
  readonly toleranceSeconds: number;
}

/**
 * The handler behind the URL of signed links: on API Gateway (REST and HTTP APIs), an application load balancer or a function
 * URL; alone, or as `middy(callbackEndpoint(...))`.
 *
 *  - `GET` shows a page that asks for confirmation and changes nothing: mail scanners open links.
 *  - `POST` completes the callback, as the form does, or with JSON: `{ "token", "action", "payload" }`. The same link and action
 *    again is answered the same. A link that is bad, used by somebody else, for somebody else or expired gets one answer: 404.
 *  - With `Accept: application/json` answers are JSON.
 *  - With `webhooks` it takes signed messages of a provider, too.
 *
 * @throws TypeError or RangeError for options that can't be right
 * @example
 * export const handler = callbackEndpoint({ links, client: callbackClient({ backend }) });
 */
export function callbackEndpoint(options: CallbackEndpointOptions): (event: unknown) => Promise<HttpResponse> {
  const endpoint = checked(options);
  return async (event) => {
    const request = readHttpRequest(event);
    if (request === undefined) {
      throw new TypeError(
        'callbackEndpoint: the event is no HTTP request of API Gateway, a load balancer or a function URL; put it behind one',
      );
    }
    const answers = new Answers(endpoint, request);
    let submission: Submission = readQuery(request);
    try {
      if (!['GET', 'HEAD', 'POST'].includes(request.method)) return await answers.wrongMethod();
      const isPost = request.method === 'POST';
      const webhooks = isPost && request.header('webhook-signature') !== undefined ? endpoint.webhooks : undefined;
      let unreadable: unknown;
      try {
        if (isPost && !webhooks) submission = readSubmission(request, endpoint.maxBodyBytes);
      } catch (error) {
        unreadable = error;
      }
      const retryAfter = await limited(endpoint.rateLimit, request, submission.token);
      if (retryAfter !== undefined) return await answers.tooMany(retryAfter);
      if (unreadable !== undefined) throw unreadable;
      if (webhooks) return await answerWebhooks(endpoint, webhooks, request, answers);
      return await answerLinks(endpoint, request, submission, answers);
    } catch (error) {
      return answers.failure(error, submission.token);
    }
  };
}

function checked(options: CallbackEndpointOptions): Endpoint {
  const { links, payload, fields = {}, webhooks, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, now = Date.now } = options;
  if (typeof links?.open !== 'function') {
    throw new TypeError('callbackEndpoint: option links must be what signedCallbackLinks gives');
  }
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 1 || maxBodyBytes > MOST_BODY_BYTES) {
    throw new RangeError(
      `callbackEndpoint: option maxBodyBytes must be a whole number from 1 to ${MOST_BODY_BYTES}; got ${maxBodyBytes}`,
    );
  }
  for (const name of ['audience', 'completion', 'page', 'rateLimit', 'onRefused'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') {
      throw new TypeError(`callbackEndpoint: option ${name} must be a function`);
    }
  }
  const client = usableClient(options.client, 'callbackEndpoint');
  for (const [name, field] of Object.entries(fields)) {
    if (['token', 'action', '__proto__'].includes(name))
      throw new TypeError(`callbackEndpoint: no field can have the name ${name}`);
    if (typeof field?.label !== 'string') throw new TypeError(`callbackEndpoint: field ${name} needs a label, a text`);
  }
  if (payload && !('~standard' in payload)) {
    for (const [action, schema] of Object.entries(payload)) {
      if (!ACTION_PATTERN.test(action))
        throw new TypeError(`callbackEndpoint: option payload: no action is named ${action}`);
      checkSchema(schema, `callbackEndpoint: option payload for ${action}`);
    }
  } else if (payload !== undefined) checkSchema(payload, 'callbackEndpoint: option payload');
  if (webhooks && (typeof webhooks.target !== 'function' || !(webhooks.secrets?.length > 0))) {
    throw new TypeError('callbackEndpoint: option webhooks needs the function target and at least one of secrets');
  }
  return {
    ...options,
    client,
    maxBodyBytes,
    now,
    webhookKeys: webhooks?.secrets.map(webhookKey) ?? [],
    toleranceSeconds: durationSeconds(
      webhooks?.tolerance ?? DEFAULT_TOLERANCE,
      'callbackEndpoint: option webhooks.tolerance',
    ),
  };
}
