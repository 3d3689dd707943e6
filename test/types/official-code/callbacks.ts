import {
  CallbackError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  type DurableContext,
  type DurablePromise,
  retryPresets,
  type Serdes,
} from '@aws/durable-execution-sdk-js';

interface Approval {
  approved: boolean;
  by: string;
}
declare const approvalSerdes: Serdes<Approval>;
/** Only reading is needed. */
const reading: Omit<Serdes<Approval>, 'serialize'> = {
  deserialize: async (data) => (data === undefined ? undefined : (JSON.parse(data) as Approval)),
};
declare function mail(callbackId: string): Promise<void>;

export async function created(context: DurableContext): Promise<unknown[]> {
  const [text, textId] = await context.createCallback();
  const [named] = await context.createCallback('named');
  const [unnamed] = await context.createCallback(undefined, { timeout: { hours: 1 } });
  const pair: [DurablePromise<string>, string] = await context.createCallback({ heartbeatTimeout: { minutes: 5 } });
  const [approval, id] = await context.createCallback<Approval>('approval', {
    timeout: { days: 3 },
    heartbeatTimeout: { hours: 12 },
    serdes: { deserialize: async (data) => (data === undefined ? undefined : (JSON.parse(data) as Approval)) },
  });
  const [inferred] = await context.createCallback('inferred', { serdes: approvalSerdes });
  await context.step('send', async () => mail(id));
  const [read] = await context.createCallback('read', { serdes: reading });
  const by: string = (await read).by + (await approval).by + (await inferred).by;
  const plain: string = await text;
  return [by, plain, textId, await named, await unnamed, await pair[0]];
}

export async function waitedFor(context: DurableContext): Promise<string> {
  const raw: string = await context.waitForCallback(async (id) => mail(id));
  const named: string = await context.waitForCallback('named', async (callbackId, { logger }) => {
    logger.info('sending', { callbackId });
    await mail(callbackId);
  });
  const typed = await context.waitForCallback<Approval>(undefined, mail, {
    timeout: { minutes: 10 },
    heartbeatTimeout: { seconds: 30 },
    retryStrategy: retryPresets.linear,
    serdes: approvalSerdes,
  });
  const inferred: Approval = await context.waitForCallback('inferred', mail, { serdes: approvalSerdes });
  return raw + named + typed.by + inferred.by;
}

export async function failures(context: DurableContext): Promise<string> {
  try {
    return await context.waitForCallback('approve', mail, { timeout: { hours: 1 } });
  } catch (error) {
    if (error instanceof CallbackTimeoutError) return 'late';
    if (error instanceof CallbackExternalError) return `refused: ${error.errorData ?? error.message}`;
    if (error instanceof CallbackSubmitterError) return `not sent: ${error.cause?.message}`;
    if (error instanceof CallbackError) return error.errorType;
    throw error;
  }
}
