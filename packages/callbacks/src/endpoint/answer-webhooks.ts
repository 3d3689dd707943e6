import { createHash } from 'node:crypto';
import { InvalidLinkError } from '../links/invalid-link-error.ts';
import { openLink } from './answer-links.ts';
import type { Answers } from './answers.ts';
import type { Endpoint } from './callback-endpoint.ts';
import { chosenAction, complete, completeByLink, refusalOf, validated } from './complete-answer.ts';
import type { NotedLink, RefusalReason, WebhookOptions, WebhookTarget } from './endpoint-options.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import { checkSize, parseJson } from './request-content.ts';
import { isSigned } from './webhook-signature.ts';

/**
 * Takes a provider's message. One that is authentic is acknowledged as soon as sending it again would change nothing; providers
 * send it again for anything else than a success.
 */
export async function answerWebhooks(
  endpoint: Endpoint,
  webhooks: WebhookOptions,
  request: HttpRequest,
  answers: Answers,
): Promise<HttpResponse> {
  const { body } = request;
  checkSize(body, endpoint.maxBodyBytes);
  const id = request.header('webhook-id');
  const message = {
    id,
    timestamp: request.header('webhook-timestamp'),
    signatures: request.header('webhook-signature'),
    body,
  };
  const now = Math.floor(endpoint.now() / 1000);
  if (id === undefined || !isSigned(endpoint.webhookKeys, message, now, endpoint.toleranceSeconds)) {
    return answers.badSignature();
  }
  const target = await webhooks.target(parseJson(body), id);
  if (target === undefined || target === null) return answers.acknowledged('ignored');
  const outcome = 'token' in target ? await byLink(endpoint, target) : await byId(endpoint, target, id);
  if (outcome === undefined) return answers.acknowledged('recorded');
  if (outcome.reason === 'NOT_SENT') return answers.unavailable(outcome.link);
  return answers.closed(outcome.reason, outcome.link);
}

interface Refused {
  reason: RefusalReason;
  link: NotedLink | undefined;
}

async function byLink(
  endpoint: Endpoint,
  { token, action, payload }: Extract<WebhookTarget, { token: string }>,
): Promise<Refused | undefined> {
  const link = await openLink(endpoint, token);
  if (link instanceof InvalidLinkError) return { reason: link.reason, link: undefined };
  const chosen = chosenAction(link, action);
  if (chosen === undefined || !link.actions.includes(chosen)) return { reason: 'OTHER_ACTION', link };
  const checked = await validated(endpoint, chosen, payload);
  if ('problems' in checked) return { reason: 'BAD_PAYLOAD', link };
  return refused(link, () => completeByLink(endpoint, link, chosen, checked.value));
}

async function byId(
  endpoint: Endpoint,
  { callbackId, durableExecutionArn, completion }: Extract<WebhookTarget, { callbackId: string }>,
  id: string,
): Promise<Refused | undefined> {
  const writerId = `webhook:${createHash('sha256').update(id).digest('base64url')}`;
  const options = { writerId, durableExecutionArn };
  return refused(undefined, () => complete(endpoint, callbackId, completion, options));
}

async function refused(link: NotedLink | undefined, work: () => Promise<void>): Promise<Refused | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return { reason, link };
  }
}
