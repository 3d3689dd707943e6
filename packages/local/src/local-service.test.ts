import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createService, type LocalBackend, localBackend, processInvoker } from './index.ts';

const ENTRY = new URL('index.ts', import.meta.url).href;

describe('createService', () => {
  let dir: string;
  let file: string;
  let backend: LocalBackend;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'local-service-'));
    file = join(dir, 'runs.db');
    backend = localBackend({ file });
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await backend.store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Lease of the only run, in milliseconds from the start of its invocation. */
  async function leaseOf(options: { leaseSeconds?: number; livenessSeconds?: number | undefined }): Promise<number> {
    const service = createService({
      backend,
      invoke: (_name, _envelope, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ...options,
    });
    await service.start({ functionName: 'orders' });
    await service.tick();
    const [head] = await backend.store.list({ limit: 1 });
    let startedAt = Number.NaN;
    for await (const { events } of backend.store.read(head?.runId ?? '')) {
      for (const event of events) if (event.type === 'InvocationStarted') startedAt = event.at;
    }
    const lease = (head?.leaseUntil ?? Number.NaN) - startedAt;
    await service.close();
    return lease;
  }

  it.each([
    [{}, 15_000],
    [{ livenessSeconds: undefined }, 15_000],
    [{ leaseSeconds: 10 }, 10_000],
    [{ livenessSeconds: 3 }, 3000],
  ])('with %j leases for %d ms', async (options, lease) => {
    expect(await leaseOf(options)).toBe(lease);
  });

  it('runs the example', async () => {
    const module = join(dir, 'handler.mjs');
    writeFileSync(module, `export const handler = async () => ({ Status: 'SUCCEEDED', Result: '"done"' });`);
    const stop = new AbortController();
    const { signal } = stop;
    const invoke = processInvoker({ handlers: { orders: module }, store: file });
    const service = createService({ backend, invoke });
    const { DurableExecutionArn } = await service.start({ functionName: 'orders', name: 'order-7', input: '{"id":7}' });
    const running = service.run({ signal });
    while ((await backend.executions.get(DurableExecutionArn)).Status === 'RUNNING') await pause();
    stop.abort();
    await running;
    expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"done"' });
  });

  it('takes up what another process left behind that was killed in the middle', async () => {
    const module = join(dir, 'handler.mjs');
    const mark = join(dir, 'at-work');
    writeFileSync(
      module,
      `import { existsSync, writeFileSync } from 'node:fs';
      export const handler = async () => {
        if (existsSync(${JSON.stringify(mark)})) return { Status: 'SUCCEEDED', Result: '"taken up"' };
        writeFileSync(${JSON.stringify(mark)}, '');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      };`,
    );
    const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders' });
    const script = join(dir, 'service.mjs');
    writeFileSync(
      script,
      `import { createService, localBackend, processInvoker } from ${JSON.stringify(ENTRY)};
      const backend = localBackend({ file: ${JSON.stringify(file)} });
      const handlers = { orders: ${JSON.stringify(pathToFileURL(module).href)} };
      const service = createService({ backend, invoke: processInvoker({ handlers, store: backend.store.file }), livenessSeconds: 1 });
      await service.run({ signal: new AbortController().signal, pollSeconds: 0.1 });`,
    );
    child = spawn(process.execPath, ['--conditions=@middy-durable/source', script], { stdio: 'inherit' });
    while (!existsSync(mark)) await pause();
    child.kill('SIGKILL');

    const stop = new AbortController();
    const invoke = processInvoker({ handlers: { orders: module }, store: file });
    const service = createService({ backend, invoke, retries: { initialDelaySeconds: 0 } });
    const running = service.run({ signal: stop.signal, pollSeconds: 0.1 });
    while ((await backend.executions.get(DurableExecutionArn)).Status === 'RUNNING') await pause();
    stop.abort();
    await running;
    expect((await backend.executions.get(DurableExecutionArn)).Result).toBe('"taken up"');
    const { Events } = await backend.executions.history(DurableExecutionArn);
    expect(Events[1]?.InvocationCompletedDetails?.Error?.Payload?.ErrorMessage).toMatch(
      /Nothing was heard for 1\.00 s/,
    );
  });
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
