import type { BenchCase } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';

const handlers: Readonly<Record<string, Handler>> = {
  'the handler has returned': (_event, context) => context.step('add', async () => 1 + 1),
  'the handler has failed': (_event, context) =>
    context.step('add', () => Promise.reject(new Error('no')), { retryStrategy: () => ({ shouldRetry: false }) }),
  'the execution was suspended': async (_event, context) => {
    await context.step('add', async () => 1 + 1);
    await context.wait('cool-down', { seconds: 3600 });
  },
};

export const benchCase: BenchCase = {
  title: 'how long a process lives on after the answer; nothing is left: no timer, no handle',
  rows: () => Object.keys(handlers),
  endsAlone: true,
  async measure(engine, row, report) {
    const durable = await loadEngine(engine);
    const before = process.getActiveResourcesInfo().length;
    const service = new PlainService();
    await durable(handlers[row] as Handler, service.client)(service.envelope());
    const answeredAt = performance.now();
    const left = process.getActiveResourcesInfo().length - before;
    process.once('exit', () => {
      report({ 'process lives on, ms': performance.now() - answeredAt, 'timers and handles left': left });
    });
  },
};
