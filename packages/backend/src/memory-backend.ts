import { createBackend, type StoreBackend } from './backend.ts';
import type { BackendOptions } from './engine.ts';
import { memoryStore } from './memory-store.ts';
import { createService, type LoopOptions, type Service } from './service.ts';

/** A backend whose executions live in this process. */
export interface MemoryBackend extends StoreBackend {
  /** Makes a loop that invokes the functions of this backend. */
  service(options: LoopOptions): Service;
}

/**
 * A backend in memory, for tests and for trying things out: everything works as on the other stores, and nothing
 * outlives the process.
 *
 * @example
 * const backend = memoryBackend();
 * const service = backend.service({ invoke: (_name, envelope) => handler(envelope) });
 */
export function memoryBackend(options: Partial<BackendOptions> = {}): MemoryBackend {
  const backend = createBackend({ ...options, store: options.store ?? memoryStore() });
  return { ...backend, service: (loop) => createService({ ...loop, backend }) };
}
