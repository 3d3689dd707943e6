import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createService, memoryBackend, type StoreBackend } from '@middy-durable/backend';
import type { DurableExecutionClient } from '@middy-durable/core';
import { localBackend } from '@middy-durable/local';
import type { Handler, Invoke } from './engines.ts';

export type Place = 'memory' | 'SQLite';
type Durable = (handler: Handler, client: DurableExecutionClient) => Invoke;

/** Executions of one handler on a backend of ours, with the service's loop in this process. */
export interface BackendRun {
  /** Checkpoints so far. */
  readonly checkpoints: number;
  /** Starts that many executions at once; resolves when all have ended well. */
  run(executions: number): Promise<void>;
  close(): Promise<void>;
}

export async function openBackendRun(place: Place, durable: Durable, handler: Handler): Promise<BackendRun> {
  const folder = await mkdtemp(join(tmpdir(), 'middy-durable-bench-'));
  const backend: StoreBackend =
    place === 'memory' ? memoryBackend() : localBackend({ file: join(folder, 'executions.db') });
  let checkpoints = 0;
  const invoke = durable(handler, {
    checkpoint: (request) => {
      checkpoints++;
      return backend.client.checkpoint(request);
    },
    getExecutionState: (request) => backend.client.getExecutionState(request),
  });
  const service = createService({ backend, concurrency: 100, invoke: (_name, envelope) => invoke(envelope) });
  return {
    get checkpoints() {
      return checkpoints;
    },
    async run(executions) {
      const start = () => service.start({ functionName: 'bench', input: '{}' });
      const started = await Promise.all(Array.from({ length: executions }, start));
      await service.tick();
      await service.idle();
      for (const { DurableExecutionArn } of started) {
        const { Status } = await backend.executions.get(DurableExecutionArn);
        if (Status !== 'SUCCEEDED') throw new Error(`${DurableExecutionArn} is ${Status}`);
      }
    },
    async close() {
      await service.close();
      await backend.engine.store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
