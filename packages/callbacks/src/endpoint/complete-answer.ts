import type { CompletionOptions } from '@middy-durable/protocol';
import { type CallbackAnswer, linkWriter, writerOfAnswer } from '../callback-answer.ts';
import {
  CallbackClosedError,
  CallbackNotSentError,
  CallbackRefusedError,
  UnknownCallbackError,
} from '../client/callback-errors.ts';
import { type Completion, sendCompletion } from '../client/completion.ts';
import type { OpenedLink } from '../links/signed-callback-links.ts';
import { issueText, type PayloadSchema } from '../standard-schema.ts';
import type { Endpoint } from './callback-endpoint.ts';
import type { RefusalReason } from './endpoint-options.ts';
import { noted } from './noted.ts';

/** What is answered: the action may be left out where the link allows one alone. */
export function chosenAction({ actions }: OpenedLink, action: string | undefined): string | undefined {
  return action ?? (actions.length === 1 ? actions[0] : undefined);
}

/** What a payload becomes, or why it does not. */
export async function validated(
  { payload: schemas }: Endpoint,
  action: string,
  payload: unknown,
): Promise<{ value: unknown } | { problems: string[] }> {
  if (schemas === undefined) return { value: payload };
  const schema = '~standard' in schemas ? (schemas as PayloadSchema) : ownMember(schemas, action);
  if (schema === undefined) return { value: payload };
  const result = await schema['~standard'].validate(payload);
  return result.issues ? { problems: result.issues.map(issueText) } : { value: result.value };
}

function ownMember(schemas: Readonly<Record<string, PayloadSchema>>, action: string): PayloadSchema | undefined {
  return Object.hasOwn(schemas, action) ? schemas[action] : undefined;
}

/** Completes a link's callback: the completion's writer is the link and its action, so it can be repeated. */
export async function completeByLink(
  endpoint: Endpoint,
  link: OpenedLink,
  action: string,
  payload: unknown,
): Promise<void> {
  const { audience, durableExecutionArn, id, callbackId } = link;
  const writerId = linkWriter(id, action);
  const answer: CallbackAnswer = {
    action,
    ...(payload !== undefined && { payload }),
    ...(audience !== undefined && { audience }),
    writerId,
  };
  const completion = (await endpoint.completion?.(answer, noted(link))) ?? {
    result: answer,
  };
  await complete(endpoint, callbackId, completion, { writerId, durableExecutionArn, writerOf: writerOfAnswer });
}

export async function complete(
  { client }: Endpoint,
  callbackId: string,
  completion: Completion,
  options: CompletionOptions,
): Promise<void> {
  try {
    await sendCompletion(client, callbackId, completion, options);
  } catch (error) {
    // What only whoever runs the endpoint can mend: rights, a region, a table. The answer doesn't tell.
    if (error instanceof CallbackNotSentError || error instanceof UnknownCallbackError) {
      console.error(`callbackEndpoint: nothing was recorded: ${error.message}`);
    }
    throw error;
  }
}

/** Why a completion was refused for good; undefined for anything else. */
export function refusalOf(
  error: unknown,
): Extract<RefusalReason, 'CALLBACK_CLOSED' | 'CALLBACK_UNKNOWN' | 'NOT_SENT' | 'BAD_PAYLOAD'> | undefined {
  if (error instanceof CallbackClosedError) return 'CALLBACK_CLOSED';
  if (error instanceof UnknownCallbackError) return 'CALLBACK_UNKNOWN';
  if (error instanceof CallbackNotSentError) return 'NOT_SENT';
  // Too large to be recorded, however often it is sent.
  if (error instanceof CallbackRefusedError) return 'BAD_PAYLOAD';
  return undefined;
}
