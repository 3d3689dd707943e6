import type { Backend } from '@middy-durable/core';
import type { Moment } from './crash.ts';

/** The process died in which a request was served. */
export class ProcessDied extends Error {
  override readonly name: string = 'ProcessDied';
}

/** A backend whose process dies: nothing is answered any more. */
export interface MortalBackend {
  backend: Backend;
  /** Rejects with ProcessDied then. */
  death: Promise<never>;
}

/** Dies when it is about to record that the operation succeeded, or when that is recorded. */
export function mortalBackend(backend: Backend, moment: Moment, operation: string): MortalBackend {
  const { client } = backend;
  const mortal: Backend = Object.create(backend);
  const death = new Promise<never>((_, reject) => {
    const checkpoint: typeof client.checkpoint = async (request) => {
      const isRecord = request.Updates?.some(({ Name, Action }) => Name === operation && Action === 'SUCCEED');
      if (!isRecord) return client.checkpoint(request);
      if (moment === 'after') await client.checkpoint(request);
      reject(new ProcessDied(`the process died ${moment} the success of ${operation} was recorded`));
      return new Promise(() => {});
    };
    Object.assign(mortal, { client: { ...client, checkpoint } });
  });
  return { backend: mortal, death };
}
