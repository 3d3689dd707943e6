import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { memoryBackend, type StoreBackend } from '@middy-durable/backend';
import { isFinal } from '@middy-durable/protocol';
import { bundleFunctions } from '@middy-durable-examples/shared/deploy/bundle.ts';
import { functionsOf, readTemplate, type TemplateFunction } from '@middy-durable-examples/shared/deploy/template.ts';
import { OUTSIDE_VARIABLE } from '@middy-durable-examples/shared/outside/folder.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { readRefunds } from '../../examples/agent-loop/outside/shop.ts';
import { readRequests as customerRequests } from '../../examples/batch-import/outside/customers.ts';
import { writeCustomers } from '../../examples/batch-import/outside/files.ts';
import { readLedger } from '../../examples/order-processing/outside/payments.ts';
import { readRequests as jobRequests } from '../../examples/polling-a-job/outside/jobs.ts';
import { readRequests as bookings, planTroubles } from '../../examples/saga/outside/bookings.ts';
import { LambdaApiServer } from '../support/lambda-api-server.ts';
import { runtimeFromNow } from '../support/official-run.ts';

// Bundling and a dozen processes, on a busy machine.
jest.setTimeout(60_000);

interface Play {
  example: string;
  input: object;
  /** Sets the outside up. */
  prepare?: () => void;
  /** Of whatever is asked for. */
  answer?: object;
  result: object;
  /** The answer of the last but one is lost. */
  outcomes: string[];
  /** What was done outside, and what that has to be. */
  done: () => unknown;
  effects: unknown;
}

const outcomesOf = (requests: { outcome: string }[]): string[] => requests.map(({ outcome }) => outcome);
const APPROVED = { approved: true, by: 'grace' };

const PLAYS: Play[] = [
  {
    example: 'order-processing',
    input: { id: 'order-1', customer: 'ada', lines: [{ article: 'lamp', quantity: 2, price: 4_500 }] },
    answer: APPROVED,
    result: { orderId: 'order-1', status: 'processed', by: 'grace', chargeId: 'charge-1' },
    outcomes: ['PENDING', 'SUCCEEDED', 'SUCCEEDED'],
    done: () => outcomesOf(readLedger()),
    effects: ['charged'],
  },
  {
    example: 'saga',
    input: { id: 'trip' },
    prepare: () => planTroubles({ 'book hotel': ['sold out'] }),
    result: { id: 'trip', status: 'not booked', reason: 'There is no hotel left.' },
    outcomes: ['SUCCEEDED', 'SUCCEEDED'],
    done: () => outcomesOf(bookings()),
    effects: ['booked', 'sold out', 'nothing to cancel', 'cancelled'],
  },
  {
    example: 'batch-import',
    input: { file: 'customers.csv' },
    prepare: () => writeCustomers('customers.csv', 25),
    result: { file: 'customers.csv', status: 'complete', rows: 25, imported: 25, failed: [], open: 0 },
    outcomes: ['SUCCEEDED', 'SUCCEEDED'],
    done: () => outcomesOf(customerRequests()),
    effects: Array(25).fill('saved'),
  },
  {
    example: 'polling-a-job',
    input: { video: 'holiday.mov', patience: 600 },
    result: { video: 'holiday.mov', status: 'done' },
    outcomes: ['PENDING', 'PENDING', 'SUCCEEDED', 'SUCCEEDED'],
    done: () => outcomesOf(jobRequests()),
    effects: ['started', 'looked at', 'looked at', 'looked at'],
  },
  {
    example: 'agent-loop',
    input: { task: 'Please refund order-1042.' },
    answer: APPROVED,
    result: {
      status: 'answered',
      answer: 'About your refund of order-1042: 129.90 EUR are on their way.',
      turns: 3,
    },
    outcomes: ['PENDING', 'SUCCEEDED', 'SUCCEEDED'],
    done: () => outcomesOf(readRefunds()),
    effects: ['refunded'],
  },
  {
    example: 'invoke-processor',
    input: { values: [10, 20, 30, 40, 50] },
    result: {
      statusCode: 200,
      body:
        '{"message":"Durable orchestration completed successfully","input_values":[10,20,30,40,50],' +
        '"processing_result":{"operation":"sum_and_average","count":5,"sum":150,"average":30,"max":50,"min":10}}',
    },
    outcomes: ['PENDING', 'SUCCEEDED', 'SUCCEEDED'],
    done: () => ordinaryCalls,
    effects: [{ operation: 'sum_and_average', values: [10, 20, 30, 40, 50] }],
  },
];

/** Events of functions that are not durable. */
let ordinaryCalls: unknown[] = [];

/** Runs one invocation of a bundle in a process of its own, far from any installed package. */
function invokeBundle(file: string, exportName: string, event: unknown, env: NodeJS.ProcessEnv): Promise<unknown> {
  const script = `
    let event = '';
    for await (const chunk of process.stdin) event += chunk;
    const { ${exportName}: handler } = await import(${JSON.stringify(file)});
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => 60_000 };
    console.log('\\n' + JSON.stringify(await handler(JSON.parse(event), context)));`;
  return new Promise((resolve, reject) => {
    const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, ...env } };
    const child = execFile(
      process.execPath,
      ['--input-type=module', '--eval', script],
      options,
      (error, stdout, stderr) => {
        if (error) reject(new Error(`The process failed: ${stderr.slice(-1000)}`));
        else resolve(JSON.parse(stdout.trim().split('\n').at(-1) as string));
      },
    );
    child.stdin?.end(JSON.stringify(event));
  });
}

/** What SAM would put into the function's environment; another function is known by its alias. */
function variablesOf({ Environment }: TemplateFunction): NodeJS.ProcessEnv {
  const variables = Object.entries(Environment?.Variables ?? {}).map(([name, value]) => {
    if (name === OUTSIDE_VARIABLE) return [name, process.env[OUTSIDE_VARIABLE]];
    return [name, typeof value === 'string' ? value : (value as { Ref: string }).Ref.replace('.Alias', ':live')];
  });
  return Object.fromEntries(variables);
}

async function answerCallbacks(backend: StoreBackend, arn: string, answered: Set<string>, answer: object) {
  const { Events } = await backend.executions.history(arn);
  for (const { CallbackStartedDetails } of Events) {
    const id = CallbackStartedDetails?.CallbackId;
    if (!id || answered.has(id)) continue;
    answered.add(id);
    await backend.callbacks.succeed(id, JSON.stringify(answer));
  }
}

describe('the bundles of the examples, each invocation a process that talks to the service over HTTP', () => {
  let into: string;
  const folderOf = (example: string): string => join(import.meta.dirname, '..', '..', 'examples', example);
  beforeAll(async () => {
    into = mkdtempSync(join(tmpdir(), 'bundles-'));
    await Promise.all(PLAYS.map(({ example }) => bundleFunctions(folderOf(example), join(into, example))));
  });
  afterAll(() => rmSync(into, { recursive: true }));

  useFreshOutside();

  it.each(PLAYS.map((play) => [play.example, play] as const))(
    '%s, though the answer that ends it is lost once',
    async (_name, { example, input, prepare, answer, result, outcomes, done, effects }) => {
      prepare?.();
      ordinaryCalls = [];
      const functions = functionsOf(readTemplate(folderOf(example)));
      const durable = functions.find(({ DurableConfig }) => DurableConfig) as TemplateFunction;
      const clock = runtimeFromNow();
      const run = (of: TemplateFunction, event: unknown): Promise<unknown> => {
        const file = join(into, example, of.CodeUri, `${of.module}.mjs`);
        return invokeBundle(file, of.exportName, event, { ...api.env, ...variablesOf(of) });
      };
      const ordinary = functions
        .filter((of) => of !== durable)
        .map((of) => {
          const handler = (event: unknown): Promise<unknown> => {
            ordinaryCalls.push(event);
            return run(of, event);
          };
          return [of.logicalId, { durable: false, handler }] as const;
        });
      const backend = memoryBackend({ clock, functions: Object.fromEntries(ordinary) });
      const api = await LambdaApiServer.listen(backend);
      try {
        const seen: string[] = [];
        const service = backend.service({
          retries: { initialDelaySeconds: 0 },
          invoke: async (_function, envelope) => {
            const output = (await run(durable, envelope)) as { Status: string };
            const lost = output.Status === 'SUCCEEDED' && !seen.includes('SUCCEEDED');
            seen.push(output.Status);
            if (lost) throw new Error('The process died with its answer.');
            return output;
          },
        });
        const { DurableExecutionArn: arn } = await service.start({
          functionName: example,
          input: JSON.stringify(input),
        });
        const answered = new Set<string>();
        for (;;) {
          const due = await service.tick();
          await service.idle();
          if (isFinal((await backend.executions.get(arn)).Status)) break;
          expect(seen.length).toBeLessThan(outcomes.length);
          if (answer) await answerCallbacks(backend, arn, answered, answer);
          if (due !== undefined) clock.skipTo(due);
        }
        expect(await backend.executions.get(arn)).toMatchObject({
          Status: 'SUCCEEDED',
          Result: JSON.stringify(result),
        });
        expect(seen).toEqual(outcomes);
        expect(done()).toEqual(effects);
        const { length } = api.callsOf('CheckpointDurableExecution');
        expect(length).toBeGreaterThan(0);
        expect(api.calls.filter(({ headers }) => headers['user-agent']?.includes(' middy-durable/'))).toHaveLength(
          api.calls.length,
        );
      } finally {
        await api.close();
      }
    },
  );
});
