import type { Serdes } from '@middy-durable/core';

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
  try {
    const { writerId } = JSON.parse(text) as Partial<CallbackAnswer>;
    return typeof writerId === 'string' ? writerId : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads an answer in the handler that waits for it: the `serdes` of a `waitForCallback` whose links go to a `callbackEndpoint`.
 *
 * @throws TypeError for a result that is no answer: something else completed the callback
 */
export function answerDeserializer<Payload>(): Omit<Serdes<CallbackAnswer<Payload>>, 'serialize'> {
  return {
    async deserialize(text) {
      const answer = JSON.parse(text ?? 'null') as CallbackAnswer<Payload> | null;
      if (typeof answer?.action === 'string' && typeof answer.writerId === 'string') return answer;
      throw new TypeError(
        'The result of this callback is no answer of a callbackEndpoint: it has no action and writerId. Complete it through ' +
          'its links, or wait for it with waitForCallback.',
      );
    },
  };
}
