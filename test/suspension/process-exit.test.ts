import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const PENDING = { Status: 'PENDING' };

/** Name, handler, answer. The handlers are text: they run in a process of their own. */
const CASES: [string, string, object][] = [
  ['a result', 'async (event, context) => context.step(async () => 1)', { Status: 'SUCCEEDED', Result: '1' }],
  [
    'a START that is held back',
    'async (event, context) => { void context.step(() => new Promise(() => {})); return 1; }',
    { Status: 'SUCCEEDED', Result: '1' },
  ],
  ['a wait', 'async (event, context) => context.wait({ hours: 1 })', PENDING],
  [
    'a race of a wait and a callback',
    'async (event, context) => Promise.race([context.wait({ hours: 1 }), (await context.createCallback())[0]])',
    PENDING,
  ],
  [
    'a step with a timeout that the handler left behind',
    `async (event, context) => {
      void context.step(() => new Promise(() => {}), { timeout: { hours: 1 } });
      return context.step(async () => 1);
    }`,
    { Status: 'SUCCEEDED', Result: '1' },
  ],
  [
    'Promise.all of a step and a wait',
    'async (event, context) => Promise.all([context.step(async () => 1), context.wait({ hours: 1 })])',
    PENDING,
  ],
  [
    'plain work that was given up',
    `async (event, context) => {
      context.configureLogger({ customLogger: { debug() {}, info() {}, warn() {}, error() {} } });
      void context.wait({ hours: 1 });
      await new Promise(() => {});
    }`,
    PENDING,
  ],
  [
    'a failure',
    "async () => { throw new RangeError('x'); }",
    { Status: 'FAILED', Error: { ErrorType: 'RangeError', ErrorMessage: 'x' } },
  ],
];

describe('after the answer nothing of the engine keeps the process open, and it ends by itself', () => {
  let reports: { output: unknown; active: string[] }[];

  beforeAll(() => {
    const script = `
      import { withDurableExecution } from '@middy-durable/core';
      import { ExecutionService } from './test/support/execution-service.ts';
      const reports = [];
      for (const handler of [${CASES.map(([, handler]) => handler).join(',\n')}]) {
        const service = new ExecutionService({ clock: { now: Date.now, nextTurn: setImmediate } });
        const durable = withDurableExecution(handler, {
          durableExecutionClient: service.client,
          // Timers of the engine that passed for work would keep the invocation for ever.
          plainWorkLimit: Infinity,
        });
        const output = await durable(service.envelope(), { getRemainingTimeInMillis: () => 900_000 });
        reports.push({ output, active: process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap') });
      }
      process.on('exit', () => process.stdout.write(JSON.stringify(reports)));
    `;
    const options = [
      '--conditions=@middy-durable/source',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
    ];
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    reports = JSON.parse(execFileSync(process.execPath, [...options, '--eval', script], { cwd, encoding: 'utf8' }));
  }, 60_000);

  it.each(CASES.map(([name, , output], index) => [name, index, output] as const))('%s', (_name, index, output) => {
    expect(reports[index]).toEqual({ output, active: [] });
  });
});
