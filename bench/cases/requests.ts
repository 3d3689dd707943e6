import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from '../support/bench-case.ts';
import { loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';

const STEPS = 100;
const LATENCY_MS = 5;

export const benchCase: BenchCase = {
  title: '100 sequential steps on a service that takes 5 ms; about 100 requests, at most 0.65 of the time',
  rows: () => ['a body of 1 ms', 'an empty body'],
  async measure(engine, row, report) {
    const durable = await loadEngine(engine);
    const service = new PlainService(LATENCY_MS);
    const body = row === 'an empty body' ? async () => {} : () => sleep(1);
    const invoke = durable(async (_event, context) => {
      for (let index = 0; index < STEPS; index++) await context.step(`step-${index}`, body);
    }, service.client);
    const begun = performance.now();
    await invoke(service.envelope());
    report({ 'time, ms': performance.now() - begun, requests: service.requests });
  },
};
