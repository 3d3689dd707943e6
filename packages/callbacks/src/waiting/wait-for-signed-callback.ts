import {
  type DurableContext,
  type DurablePromise,
  type Duration,
  durationSeconds,
  type WaitForCallbackConfig,
  type WaitForCallbackContext,
} from '@middy-durable/core';
import { answerDeserializer, type CallbackAnswer } from '../callback-answer.ts';
import { checkActions, checkPurpose } from '../links/link-grant.ts';
import type { LinkRequest, SignedCallbackLinks, SignedLink } from '../links/signed-callback-links.ts';
import { checkSchema, type PayloadSchema } from '../standard-schema.ts';
import { withoutSecrets } from '../without-secrets.ts';

/** Options of {@link waitForSignedCallback}; the other ones are those of `waitForCallback`. */
export interface SignedCallbackOptions<Payload = unknown> extends Omit<WaitForCallbackConfig, 'serdes'> {
  /** Makes the links. */
  links: SignedCallbackLinks;
  /** What may be answered: `['approve', 'reject']`. */
  actions: readonly string[];
  /** For whom the link is. Default: nobody in particular. */
  audience?: string | undefined;
  /** Until the link expires, never later than the callback. Default: the callback's `timeout`, or where it has none that of `links`. */
  expiresIn?: LinkRequest['expiresIn'];
  /**
   * Reads what came with the answer, each time that the handler runs, and gives it its type. The endpoint refuses bad input with
   * its own schema; where that changes values, this one gets what it gave, as JSON. Default: as it came.
   */
  payload?: PayloadSchema<Payload> | undefined;
}

/** A link to send, and a maker of others for the same callback. None of them may be recorded or logged. */
export interface SignedCallbackRequest extends SignedLink {
  /**
   * A link for somebody else, or with less to decide: of all of them the first that is used completes the callback.
   * @throws as `links.mint`
   */
  mint(changes: Pick<Partial<LinkRequest>, 'actions' | 'audience' | 'expiresIn'>): Promise<SignedLink>;
}

/**
 * Waits for somebody who gets a link: makes it in a step, has `send` send it, and suspends until it is used. The link is recorded
 * nowhere: when the step runs again, `send` gets a new one, and the one that was sent before stays good as well.
 *
 * @param context a durable context, of this engine or of the official SDK
 * @param send hands the link to whoever answers
 * @returns who answered what; `answer.payload` is what came with it
 * @throws as `waitForCallback`: CallbackTimeoutError when nobody answered in time; TypeError or RangeError at once for bad options
 * @example
 * const answer = await waitForSignedCallback(context, 'approval', ({ url }) => mail(order.approver, url), {
 *   links,
 *   actions: ['approve', 'reject'],
 *   timeout: { days: 3 },
 * });
 * if (answer.action === 'reject') return cancel(order);
 */
export function waitForSignedCallback<Payload = unknown>(
  context: Pick<DurableContext, 'executionContext' | 'waitForCallback'>,
  name: string,
  send: (request: SignedCallbackRequest, context: WaitForCallbackContext) => Promise<unknown> | unknown,
  options: SignedCallbackOptions<Payload>,
): DurablePromise<CallbackAnswer<Payload>> {
  const { links, actions, audience, payload, expiresIn: life, ...config } = options;
  if (typeof name !== 'string') throw new TypeError('waitForSignedCallback: the operation needs a name');
  if (typeof send !== 'function') throw new TypeError(`waitForSignedCallback "${name}": send must be a function`);
  if (typeof links?.mint !== 'function') {
    throw new TypeError(`waitForSignedCallback "${name}": option links must be what signedCallbackLinks gives`);
  }
  checkPurpose(name, audience);
  checkActions(actions);
  if (payload !== undefined) checkSchema(payload, `waitForSignedCallback "${name}": option payload`);
  const expiresIn = shorter(life, config.timeout, name);
  const { durableExecutionArn } = context.executionContext;
  return context.waitForCallback<CallbackAnswer<Payload>>(
    name,
    async (callbackId, step) => {
      const tokens: string[] = [];
      const { callbackEndsAt } = step;
      const usual = { callbackId, durableExecutionArn, operation: name, actions, audience, callbackEndsAt };
      const mint: SignedCallbackRequest['mint'] = async (changes) => {
        const lives = shorter(changes.expiresIn ?? expiresIn, config.timeout, name);
        const link = await links.mint({ ...usual, ...changes, expiresIn: lives });
        tokens.push(link.token);
        return link;
      };
      try {
        await send({ ...(await mint({})), mint }, step);
      } catch (error) {
        // It is recorded, and perhaps logged: a mail service's error may well quote the mail.
        throw withoutSecrets(error, [...tokens, callbackId]);
      }
    },
    { ...config, serdes: answerDeserializer(payload) },
  );
}

/** The official SDK does not say when a callback began: what its timeout is from the start is the most that a link can have. */
function shorter(life: Duration | undefined, timeout: Duration | undefined, name: string): Duration | undefined {
  if (life === undefined || timeout === undefined) return life ?? timeout;
  const what = `waitForSignedCallback "${name}": expiresIn`;
  return durationSeconds(life, what) < durationSeconds(timeout, what) ? life : timeout;
}
