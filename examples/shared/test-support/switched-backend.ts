import type { Backend } from '@middy-durable/core';

/** A backend that is another one in each test: a handler takes its backend when its module loads. */
export interface SwitchedBackend extends Backend {
  switchTo(backend: Backend): void;
}

export function switchedBackend(): SwitchedBackend {
  let chosen: Backend | undefined;
  const current = (): Backend => {
    if (!chosen) throw new Error('No backend is chosen: call switchTo first');
    return chosen;
  };
  return {
    switchTo: (backend) => {
      chosen = backend;
    },
    client: {
      checkpoint: (request, logger) => current().client.checkpoint(request, logger),
      getExecutionState: (request, logger) => current().client.getExecutionState(request, logger),
    },
    open: (...args) => current().open(...args),
    get callbacks() {
      return current().callbacks;
    },
    get executions() {
      return current().executions;
    },
  };
}
