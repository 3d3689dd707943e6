import { createHash, timingSafeEqual } from 'node:crypto';
import { InvalidLinkError } from '../links/invalid-link-error.ts';
import type { OpenedLink } from '../links/signed-callback-links.ts';
import type { Answers } from './answers.ts';
import type { Endpoint } from './callback-endpoint.ts';
import { chosenAction, completeByLink, refusalOf, validated } from './complete-answer.ts';
import type { HttpRequest } from './http-request.ts';
import type { HttpResponse } from './http-response.ts';
import type { Submission } from './request-content.ts';

/** Shows what a link asks for, or does it. */
export async function answerLinks(
  endpoint: Endpoint,
  request: HttpRequest,
  { token = '', action, payload }: Submission,
  answers: Answers,
): Promise<HttpResponse> {
  const link = await openLink(endpoint, token);
  if (link instanceof InvalidLinkError) return answers.invalid(link.reason);
  if (endpoint.audience && !isSame(link.audience, await endpoint.audience(request.event))) {
    return answers.invalid('OTHER_AUDIENCE', link);
  }
  if (action !== undefined && !link.actions.includes(action)) return answers.invalid('OTHER_ACTION', link);
  if (request.method !== 'POST') return answers.confirm(link, action === undefined ? link.actions : [action], token);

  const chosen = chosenAction(link, action);
  if (chosen === undefined) return answers.invalid('OTHER_ACTION', link);
  const checked = await validated(endpoint, chosen, payload);
  if ('problems' in checked) return answers.badPayload(link, token, checked.problems, payload);
  try {
    await completeByLink(endpoint, link, chosen, checked.value);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === 'BAD_PAYLOAD') {
      const problem = 'What was sent is too large to be recorded.';
      return answers.badPayload(link, token, [problem], payload);
    }
    if (refusal === undefined) throw error;
    return refusal === 'NOT_SENT' ? answers.unavailable(link) : answers.invalid(refusal, link);
  }
  return answers.recorded(chosen);
}

export async function openLink({ links }: Endpoint, token: string): Promise<OpenedLink | InvalidLinkError> {
  try {
    return await links.open(token);
  } catch (error) {
    if (error instanceof InvalidLinkError) return error;
    throw error;
  }
}

/** In constant time. Nobody in particular is nobody's. */
function isSame(audience: string | undefined, caller: string | undefined): boolean {
  if (audience === undefined || caller === undefined) return false;
  const [one, other] = [audience, caller].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one as Buffer, other as Buffer);
}
