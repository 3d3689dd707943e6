// What the adapters share: one execution on a store in this process, its handler in a child process that lives as long as a
// Lambda environment would. Runs the built packages, as a user has them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createBackend } from '@middy-durable/backend';
import { createService, processInvoker } from '@middy-durable/local';
import { scaledClock } from './scaled-clock.mjs';

export const capabilities = {
  crash: true,
  chainedInvokeDetails: true,
  callbackTimeoutErrorType: true,
  times: ['real', 'fast'],
};

const FUNCTION = 'under-test';
const CAPTURE_OUTPUT = new URL('./capture-output.mjs', import.meta.url).href;
/** `--time fast`: a wait of 4 seconds takes 1. */
const FAST_RATE = 4;
const LOOK_MS = 20;

/**
 * Makes `runHandler` of an adapter.
 * @typedef {import('@middy-durable/backend').ExecutionStore & { file?: string }} Store
 * @param {(dir: string) => Store | Promise<Store>} openStore
 */
export function runHandlerOn(openStore) {
  return async ({ modulePath, input, time = 'real', timeoutMs, callbacks, until }) => {
    const dir = mkdtempSync(join(tmpdir(), 'conformance-run-'));
    const store = await openStore(dir);
    // Only to know which functions there are; all of them run in processes of their own.
    const { functions = {} } = await import(pathToFileURL(modulePath).href);
    const run = serve({ modulePath, functions, store, time, logFile: join(dir, 'log.jsonl') });
    try {
      return await drive(run, { input, timeoutMs, callbacks, until });
    } finally {
      await run.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    }
  };
}

/** The service's side for one handler. */
function serve({ modulePath, functions, store, time, logFile }) {
  const clock = scaledClock(time === 'fast' ? FAST_RATE : 1);
  const backend = createBackend({ store, clock });
  // A child that opened the file would take the time of its own clock; on a scaled one all calls come to this process.
  const transport = store.file && time === 'real' ? { store: store.file } : { client: backend.client };
  const invoker = processInvoker({
    ...transport,
    handlers: handlersOf(modulePath, functions),
    keepWarm: true,
    env: { CONFORMANCE_LOG_FILE: logFile },
    // The engine under test is bound by a preload of this process.
    execArgv: [...process.execArgv, '--import', CAPTURE_OUTPUT],
    onOutput: () => {},
  });
  const invoke = (name, event, call) => invoker(name, event, { ...call, deadline: clock.toProcessTime(call.deadline) });
  const errors = [];
  const service = createService({
    backend,
    invoke,
    functions: invoker.functions,
    onError: (error) => errors.push(error),
  });
  const stop = new AbortController();
  const running = service.run({ signal: stop.signal });
  return {
    backend,
    service,
    errors,
    logs: () =>
      (existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n').filter(Boolean) : []).map((line) =>
        JSON.parse(line),
      ),
    async close() {
      stop.abort();
      await service.close();
      await running;
      await invoker.close();
    },
  };
}

/** The handler, and the functions that it calls. */
function handlersOf(modulePath, functions) {
  const targets = Object.entries(functions).map(([name, { durable }]) => [
    name,
    { module: modulePath, export: `functions.${name}.handler`, durable: durable === true },
  ]);
  return { ...Object.fromEntries(targets), [FUNCTION]: modulePath };
}

/** Starts the execution, lets the outside world play its part, and reports how it went. */
async function drive({ backend, service, errors, logs }, { input, timeoutMs, callbacks, until }) {
  const { DurableExecutionArn: arn } = await service.start({
    functionName: FUNCTION,
    input: JSON.stringify(input ?? null),
  });
  let events = await historyOf(backend, arn);
  let harnessError;
  const callback = (act) => (event, detail) => act(event.CallbackStartedDetails.CallbackId, detail);
  const control = {
    stopped: false,
    history: () => structuredClone(events),
    succeed: callback(backend.callbacks.succeed),
    fail: callback(backend.callbacks.fail),
    heartbeat: callback(backend.callbacks.heartbeat),
  };
  const driving = Promise.resolve(callbacks?.(control)).catch((error) => {
    harnessError ??= `callback driver: ${error.message}`;
  });

  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    events = await historyOf(backend, arn);
    const { Status } = await backend.executions.get(arn);
    if (Status !== 'RUNNING' || until?.(structuredClone(events))) break;
    if (Date.now() > giveUpAt) {
      harnessError ??= `no end within ${timeoutMs} ms`;
      break;
    }
    await pause(LOOK_MS);
  }
  const execution = await backend.executions.get(arn);
  const ended = execution.Status !== 'RUNNING';
  // An execution may end before its last invocation has.
  if (ended) await service.idle();
  events = await historyOf(backend, arn);
  control.stopped = true;
  await Promise.race([driving, pause(200)]);
  if (errors.length > 0) harnessError ??= `service: ${errors[0]?.stack ?? errors[0]}`;
  return {
    arn,
    status: ended ? execution.Status : undefined,
    resultPayload: execution.Result,
    result: execution.Result === undefined ? undefined : JSON.parse(execution.Result),
    error: execution.Error,
    historyEvents: events,
    operations: await operationsOf(backend, arn),
    logs: logs(),
    harnessError,
  };
}

async function historyOf({ executions }, arn) {
  const events = [];
  let marker;
  do {
    const page = await executions.history(arn, { marker, maxItems: 1000 });
    events.push(...page.Events);
    marker = page.NextMarker;
  } while (marker);
  return events;
}

/** The state of the execution. */
async function operationsOf({ engine }, arn) {
  const runId = arn.split('/').at(-1);
  return engine.runs.exclusively(runId, async (log) => [...(log?.state.operations.values() ?? [])]);
}
