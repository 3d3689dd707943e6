import { scrypt } from 'node:crypto';
import type { DurableContext, DurableExecutionConfig } from '@middy-durable/core';
import { DurableServiceError } from '@middy-durable/protocol';
import type { ExecutionService } from '../../support/execution-service.ts';
import { type Engine, HANG_MS, type Handler, type Outcome, sleep, TwoEngines } from './two-engines.ts';

/** What a handler, or a record that it finds, shows of the difference between two engines. */
export interface Scenario {
  readonly official: unknown;
  readonly ours: unknown;
  readonly seen: (engine: Engine) => Promise<unknown>;
}

const HOUR = { hours: 1 };
const SERVICE_DOWN: ExecutionService['faults']['before'] = () => {
  throw new DurableServiceError('ServiceException', 'down', 500);
};

/** Our engine has to answer, however long it takes; where the official one is known to hang, nobody waits for it. */
function invoke(
  execution: TwoEngines,
  engine: Engine,
  hangs: boolean,
  config?: DurableExecutionConfig,
): Promise<Outcome> {
  return execution.invoke(engine, engine === 'official' && hangs ? HANG_MS : undefined, config);
}

/** How the first invocation of a handler ends. */
function ending(
  expected: { official: string; ours: string },
  handler: Handler,
  config?: DurableExecutionConfig,
): Scenario {
  const hangs = expected.official === 'hangs';
  return {
    ...expected,
    seen: async (engine) =>
      (await invoke(new TwoEngines(handler), engine, hangs, engine === 'ours' ? config : undefined)).end,
  };
}

const bothSuspend = { official: 'PENDING', ours: 'PENDING' };
const largeContext = {
  Type: 'CONTEXT',
  SubType: 'RunInChildContext',
  Status: 'SUCCEEDED',
  ContextDetails: { ReplayChildren: true, Result: '' },
} as const;
const workThatDoesNotShow: Handler = async (context) => {
  void context.wait(HOUR);
  await context.step(async () => 1);
  // A chain of jobs on the thread pool: no timer, no handle. Each turn of it lets the engine look.
  const until = Date.now() + 60;
  while (Date.now() < until) await new Promise((resolve) => scrypt('a', 'b', 16, { N: 1024 }, resolve));
  return 'hashed';
};

export const SUSPENSION: Readonly<Record<string, Scenario>> = {
  'all frames parked: both suspend': ending(bothSuspend, (context) =>
    Promise.all([context.wait(HOUR), context.runInChildContext((child) => child.wait(HOUR))]),
  ),

  'Promise.race([wait, fetch]): both suspend': ending(bothSuspend, (context) =>
    Promise.race([context.wait(HOUR), sleep(500)]),
  ),

  'Promise.all([step, wait]): both suspend once the step’s result is durable': {
    official: 'PENDING SUCCEEDED',
    ours: 'PENDING SUCCEEDED',
    seen: async (engine) => {
      const execution = new TwoEngines((context) => Promise.all([context.step(() => sleep(50)), context.wait(HOUR)]));
      const { end } = await execution.invoke(engine);
      return `${end} ${execution.service.operation('1')?.Status}`;
    },
  },

  '11.1 #2: an un-awaited callback and 300 ms of visible mail: the official SDK cuts the mail': {
    official: 'PENDING undefined',
    ours: 'PENDING SUCCEEDED',
    seen: async (engine) => {
      const execution = new TwoEngines(async (context) => {
        const [result] = await context.createCallback('approval');
        await context.step('draft', async () => 1);
        await sleep(300);
        await context.step('mailed', async () => 1);
        return result;
      });
      const { end } = await execution.invoke(engine);
      return `${end} ${execution.service.operation('3')?.Status}`;
    },
  },

  'a race won by a step, then 300 ms of fetch: the official SDK cuts the fetch': ending(
    { official: 'PENDING', ours: 'SUCCEEDED' },
    async (context) => {
      const winner = await Promise.race([context.step('quote', async () => 'quote'), context.wait(HOUR)]);
      await sleep(300);
      return winner;
    },
  ),

  'an un-awaited wait and work that does not show: the official SDK cuts it': ending(
    { official: 'PENDING', ours: 'SUCCEEDED' },
    workThatDoesNotShow,
    // Generous: the outcome may not depend on how fast the machine is.
    { quietGrace: 60_000 },
  ),

  'a deferred that a parked sibling settles: both suspend': ending(bothSuspend, (context) => {
    let settle = (): void => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    return Promise.all([
      context.runInChildContext(() => settled),
      context.runInChildContext((child) => child.wait(HOUR).then(settle)),
    ]);
  }),

  '11.1 #1: a step left behind by its context, then a wait: the official SDK hangs': ending(
    { official: 'hangs', ours: 'PENDING' },
    async (context) => {
      await context.runInChildContext(async (child) => {
        void child.step('left', () => sleep(50));
        await child.step('done', async () => 1);
      });
      await context.wait(HOUR);
    },
  ),
};

export const OTHER_DEFECTS: Readonly<Record<string, Scenario>> = {
  '11.1 #3: a retry strategy that throws, then a wait: the official SDK hangs': ending(
    { official: 'hangs', ours: 'PENDING' },
    async (context) => {
      const retryStrategy = () => {
        throw new Error('no such field');
      };
      await context.step('a', async () => Promise.reject(new Error('busy')), { retryStrategy }).catch(() => {});
      await context.wait(HOUR);
    },
  ),

  '11.1 #4: a large result whose checkpoint fails: the official SDK hangs': ending(
    { official: 'hangs', ours: 'throws' },
    async (_context, service) => {
      service.faults.before = SERVICE_DOWN;
      return 'x'.repeat(7 * 1024 * 1024);
    },
  ),

  '11.1 #5: a checkpoint that fails after the handler returned: the official SDK reports success': ending(
    { official: 'SUCCEEDED', ours: 'throws' },
    async (context, service) => {
      service.faults.before = SERVICE_DOWN;
      return context.runInChildContext(async () => 1);
    },
  ),

  '11.2 #26: a context used in a step: the official SDK runs the inner body': {
    official: { ran: 1, end: 'FAILED', type: 'Error' },
    ours: { ran: 0, end: 'FAILED', type: 'Error' },
    seen: async (engine) => {
      let ran = 0;
      const execution = new TwoEngines((context) =>
        context.step(async () => {
          await context.step(async () => {
            ran += 1;
          });
        }),
      );
      const { end, error } = await execution.invoke(engine);
      return { ran, end, type: error?.ErrorType };
    },
  },

  '11.2 #26: another step name than the record’s: the official SDK runs the body': {
    official: { ran: 1, end: 'FAILED' },
    ours: { ran: 0, end: 'FAILED' },
    seen: async (engine) => {
      let ran = 0;
      const execution = new TwoEngines((context) =>
        context.step('b', async () => {
          ran += 1;
        }),
      );
      execution.service.put('1', { Type: 'STEP', SubType: 'Step', Name: 'a', Status: 'STARTED' });
      const { end } = await execution.invoke(engine);
      return { ran, end };
    },
  },

  '11.2 #17b: a step added to a finished large context: the official SDK runs it and hangs': {
    official: { ran: 1, end: 'hangs' },
    ours: { ran: 0, end: 'FAILED' },
    seen: async (engine) => {
      let ran = 0;
      const execution = new TwoEngines((context) =>
        context.runInChildContext(async (child) => {
          await child.step('new', async () => {
            ran += 1;
          });
          return 1;
        }),
      );
      execution.service.put('1', largeContext);
      const { end } = await invoke(execution, engine, true);
      return { ran, end };
    },
  },

  '11.2 #17: a timed out callback in a large context: the official SDK hangs on replay': {
    official: 'hangs undefined',
    ours: 'SUCCEEDED CallbackTimeoutError',
    seen: async (engine) => {
      const execution = new TwoEngines((context) =>
        context.runInChildContext(async (child) => {
          const [result] = await child.createCallback();
          return result.catch((error) => (error as Error).name);
        }),
      );
      execution.service.put('1', largeContext);
      execution.service.put('1-1', {
        Type: 'CALLBACK',
        SubType: 'Callback',
        Status: 'TIMED_OUT',
        CallbackDetails: { CallbackId: 'eA==' },
      });
      const { end, result } = await invoke(execution, engine, true);
      return `${end} ${result}`;
    },
  },

  '11.3 #29: a result that can not be stored: the official SDK throws, and is retried for ever': ending(
    { official: 'throws', ours: 'FAILED' },
    (context) => context.step(async () => 1n),
  ),

  '11.3 #35: an empty event: the official SDK throws, and is retried for ever': {
    official: 'throws',
    ours: 'SUCCEEDED',
    seen: async (engine) => {
      const execution = new TwoEngines(async () => 1);
      for (const operation of execution.service.state.operations.values()) {
        operation.ExecutionDetails = { InputPayload: '' };
      }
      return (await execution.invoke(engine)).end;
    },
  },

  'a race on replay whose loser ended meanwhile: the official SDK lets the loser win': {
    official: 'limit',
    ours: 'quote',
    seen: async (engine) => {
      const execution = new TwoEngines(async (context) => {
        const winner = await Promise.race([
          context.wait({ seconds: 10 }).then(() => 'limit'),
          context.step('quote', async () => 'quote'),
        ]);
        await context.wait(HOUR);
        return winner;
      });
      for (;;) {
        const { end, result } = await execution.invoke(engine);
        if (end !== 'PENDING') return result;
        execution.skip();
      }
    },
  },

  '11.4 #38: a line in an unfinished child: the official SDK prints it in every invocation': {
    official: ['begin', 'begin'],
    ours: ['begin'],
    seen: async (engine) => {
      const lines: string[] = [];
      const print = (line: unknown): void => void lines.push(String(line));
      const execution = new TwoEngines((context: DurableContext) => {
        context.configureLogger({ customLogger: { debug: print, info: print, warn: print, error: print } });
        return context.runInChildContext(async (child) => {
          child.logger.info('begin');
          await child.wait({ seconds: 1 });
        });
      });
      await execution.invoke(engine);
      execution.skip();
      await execution.invoke(engine);
      return lines;
    },
  },
};
