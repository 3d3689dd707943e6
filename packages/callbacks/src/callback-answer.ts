import type { Serdes } from '@middy-durable/core';
import { issueText, type PayloadSchema } from './standard-schema.ts';

/** What completes a callback through a link: who may answer did, and this. */
export interface CallbackAnswer<Payload = unknown> {
  /** One of the link's actions. */
  readonly action: string;
  /** What came with it, as the schema gave it. Absent where nothing did. */
  readonly payload?: Payload | undefined;
  /** For whom the link was made. */
  readonly audience?: string | undefined;
  /** Names the completion: the link and its action. Not secret. */
  readonly writerId: string;
}

/** Who completes with this link and action. The same ones again are the same completion. */
export function linkWriter(linkId: string, action: string): string {
  return `link:${linkId}:${action}`;
}

/** The writer in the text of an answer, where the text is one. */
export function writerOfAnswer(text: string): string | undefined {
  return readAnswer(text)?.writerId;
}

/**
 * Reads an answer in the handler that waits for it: the `serdes` of a `waitForCallback` whose links go to a `callbackEndpoint`.
 *
 * @param schema for what came with it; default: it is taken as it is
 * @throws TypeError for a result that is no answer (something else completed the callback), and for a payload that does not fit
 * @example const answer = await context.waitForCallback('approval', send, { serdes: answerDeserializer() });
 */
export function answerDeserializer<Payload = unknown>(
  schema?: PayloadSchema<Payload>,
): Pick<Serdes<CallbackAnswer<Payload>>, 'deserialize'> {
  return {
    async deserialize(text) {
      const answer = readAnswer(text);
      if (answer === undefined) {
        throw new TypeError(
          'The result of this callback is no answer of a callbackEndpoint: it has no action and writerId. Complete it through ' +
            'its links, or wait for it with waitForCallback.',
        );
      }
      if (schema === undefined) return answer as CallbackAnswer<Payload>;
      const read = await schema['~standard'].validate(answer.payload);
      if (read.issues)
        throw new TypeError(`What came with the answer does not fit: ${read.issues.map(issueText).join('; ')}`);
      return { ...answer, payload: read.value };
    },
  };
}

function readAnswer(text: string | undefined): CallbackAnswer | undefined {
  try {
    const answer = JSON.parse(text ?? 'null') as Partial<CallbackAnswer> | null;
    const isOne = typeof answer?.action === 'string' && typeof answer.writerId === 'string';
    return isOne ? (answer as CallbackAnswer) : undefined;
  } catch {
    return undefined;
  }
}
