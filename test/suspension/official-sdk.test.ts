import { randomUUID } from 'node:crypto';
import { withDurableExecution as officialExecution } from '@aws/durable-execution-sdk-js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type DurableContext, type DurableExecutionConfig, withDurableExecution } from '@middy-durable/core';
import { type DurableExecutionClient, DurableServiceError } from '@middy-durable/protocol';
import { ExecutionService } from '../support/execution-service.ts';

/**
 * The same handlers on the official SDK 2.4.0 and on this engine, in real time. Only outcomes are compared; where the
 * official SDK hangs, that it has not answered while everything else was done says so.
 */
type Handler = (context: DurableContext, service: ExecutionService) => Promise<unknown>;

interface Outcome {
  /** The answer's status, `throws` or `hangs`. */
  end: string;
  service: ExecutionService;
  error: { ErrorType?: string; ErrorMessage?: string } | undefined;
  result: unknown;
}

const HANG_MS = 400;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
const timersAtFirst = timers();
const HOUR = { hours: 1 };
const ENGINES = { official: officialExecution as unknown as typeof withDurableExecution, ours: withDurableExecution };
type Engine = keyof typeof ENGINES;

afterEach(() => {
  jest.restoreAllMocks();
});

// In real time, in a process that is not ours alone: a timer of Jest's reporter that is alive when an invocation begins
// passes for its background, and hides one of the handler's when it ends. That is chance, and does not come three times.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

/** As the AWS SDK does it for the official SDK, which sends none of its own. */
function withClientToken(client: DurableExecutionClient): DurableExecutionClient {
  return { ...client, checkpoint: (request) => client.checkpoint({ ClientToken: randomUUID(), ...request }) };
}

class TwoEngines {
  readonly #handler: Handler;
  readonly service: ExecutionService;
  #skipped = 0;

  constructor(handler: Handler) {
    this.#handler = handler;
    this.service = new ExecutionService({ clock: { now: () => Date.now() + this.#skipped, nextTurn: setImmediate } });
  }

  async invoke(engine: Engine, hangMs?: number, config?: DurableExecutionConfig): Promise<Outcome> {
    const { service } = this;
    const durable = ENGINES[engine](
      async (_event: unknown, context: DurableContext) => this.#handler(context, service),
      {
        durableExecutionClient: withClientToken(service.client),
        ...config,
      },
    );
    // The official SDK logs to the console.
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
      jest.spyOn(console, level).mockImplementation(() => {});
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const answer = durable(service.envelope(), {
      awsRequestId: 'r',
      getRemainingTimeInMillis: () => 900_000,
    } as never).then(
      (output) => ({
        end: output.Status as string,
        error: output.Status === 'FAILED' ? (output.Error as Outcome['error']) : undefined,
        result: output.Status === 'SUCCEEDED' && output.Result ? JSON.parse(output.Result) : undefined,
      }),
      (error: Error) => ({
        end: 'throws',
        error: { ErrorType: error.name, ErrorMessage: error.message },
        result: undefined,
      }),
    );
    const outcome = await (hangMs === undefined
      ? answer
      : Promise.race([answer, sleep(hangMs).then(() => ({ end: 'hangs', error: undefined, result: undefined }))]));
    return { ...outcome, service };
  }

  /** Time passes until the next timer of the service is due. */
  skip(): void {
    this.#skipped += Math.max(0, (this.service.nextDue() ?? 0) - Date.now() - this.#skipped);
  }
}

/** @param config for ours */
async function both(
  handler: Handler,
  hangMs?: number,
  config?: DurableExecutionConfig,
): Promise<{ official: Outcome; ours: Outcome }> {
  const ours = await new TwoEngines(handler).invoke('ours', undefined, config);
  return { ours, official: await new TwoEngines(handler).invoke('official', hangMs) };
}

const ends = ({ official, ours }: { official: Outcome; ours: Outcome }): object => ({
  official: official.end,
  ours: ours.end,
});

describe('the table of suspension, against the official SDK', () => {
  // Timers that cut handlers and the official SDK (11.1 #9) leave behind would pass for the background of this test.
  beforeEach(async () => {
    while (timers() > timersAtFirst) await sleep(10);
  });

  it('all frames parked: both suspend', async () => {
    const outcomes = await both((context) =>
      Promise.all([context.wait(HOUR), context.runInChildContext((child) => child.wait(HOUR))]),
    );
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'PENDING' });
  });

  it('Promise.race([wait, fetch]): both suspend', async () => {
    const outcomes = await both((context) => Promise.race([context.wait(HOUR), sleep(500)]));
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'PENDING' });
  });

  it('Promise.all([step, wait]): both suspend once the step’s result is durable', async () => {
    const outcomes = await both((context) => Promise.all([context.step(() => sleep(50)), context.wait(HOUR)]));
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'PENDING' });
    for (const { service } of Object.values(outcomes)) expect(service.operation('1')?.Status).toBe('SUCCEEDED');
  });

  it('11.1 #2: an un-awaited callback and 300 ms of visible mail: the official SDK cuts the mail', async () => {
    const { official, ours } = await both(async (context) => {
      const [result] = await context.createCallback('approval');
      await context.step('draft', async () => 1);
      await sleep(300);
      await context.step('mailed', async () => 1);
      return result;
    });
    expect([official.end, ours.end]).toEqual(['PENDING', 'PENDING']);
    expect(official.service.operation('3')).toBeUndefined();
    expect(ours.service.operation('3')?.Status).toBe('SUCCEEDED');
  });

  it('a race won by a step, then 300 ms of fetch: the official SDK cuts the fetch', async () => {
    const outcomes = await both(async (context) => {
      const winner = await Promise.race([context.step('quote', async () => 'quote'), context.wait(HOUR)]);
      await sleep(300);
      return winner;
    });
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'SUCCEEDED' });
  });

  it('an un-awaited wait and work that does not show: the official SDK cuts it', async () => {
    const { scrypt } = await import('node:crypto');
    const handler: Handler = async (context) => {
      void context.wait(HOUR);
      await context.step(async () => 1);
      // A chain of jobs on the thread pool: no timer, no handle. Each turn of it lets the engine look.
      const until = Date.now() + 60;
      while (Date.now() < until) await new Promise((resolve) => scrypt('a', 'b', 16, { N: 1024 }, resolve));
      return 'hashed';
    };
    // A generous grace: the outcome may not depend on how fast the machine is.
    const outcomes = await both(handler, undefined, { quietGrace: 60_000 });
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'SUCCEEDED' });
  });

  it('a deferred that a parked sibling settles: both suspend', async () => {
    const outcomes = await both((context) => {
      let settle = (): void => {};
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return Promise.all([
        context.runInChildContext(() => settled),
        context.runInChildContext((child) => child.wait(HOUR).then(settle)),
      ]);
    });
    expect(ends(outcomes)).toEqual({ official: 'PENDING', ours: 'PENDING' });
  });

  it('11.1 #1: a step left behind by its context, then a wait: the official SDK hangs', async () => {
    const outcomes = await both(async (context) => {
      await context.runInChildContext(async (child) => {
        void child.step('left', () => sleep(50));
        await child.step('done', async () => 1);
      });
      await context.wait(HOUR);
    }, HANG_MS);
    expect(ends(outcomes)).toEqual({ official: 'hangs', ours: 'PENDING' });
  });
});

describe('other defects that these operations touch, against the official SDK', () => {
  it('11.1 #3: a retry strategy that throws, then a wait: the official SDK hangs', async () => {
    const outcomes = await both(async (context) => {
      const retryStrategy = () => {
        throw new Error('no such field');
      };
      await context.step('a', async () => Promise.reject(new Error('busy')), { retryStrategy }).catch(() => {});
      await context.wait(HOUR);
    }, HANG_MS);
    expect(ends(outcomes)).toEqual({ official: 'hangs', ours: 'PENDING' });
  });

  it('11.1 #4: a large result whose checkpoint fails: the official SDK hangs', async () => {
    const outcomes = await both(async (_context, service) => {
      service.faults.before = () => {
        throw new DurableServiceError('ServiceException', 'down', 500);
      };
      return 'x'.repeat(7 * 1024 * 1024);
    }, HANG_MS);
    expect(ends(outcomes)).toEqual({ official: 'hangs', ours: 'throws' });
  });

  it('11.1 #5: a checkpoint that fails after the handler returned: the official SDK reports success', async () => {
    const outcomes = await both(async (context, service) => {
      service.faults.before = () => {
        throw new DurableServiceError('ServiceException', 'down', 500);
      };
      return context.runInChildContext(async () => 1);
    });
    expect(ends(outcomes)).toEqual({ official: 'SUCCEEDED', ours: 'throws' });
  });

  it('11.2 #26: a context used in a step: the official SDK runs the inner body', async () => {
    const ran: string[] = [];
    const handler =
      (engine: string): Handler =>
      (context) =>
        context.step(async () => {
          await context.step(async () => ran.push(engine));
        });
    const official = await new TwoEngines(handler('official')).invoke('official');
    const ours = await new TwoEngines(handler('ours')).invoke('ours');
    expect([official.end, ours.end]).toEqual(['FAILED', 'FAILED']);
    expect(official.error).toEqual(ours.error);
    expect(ran).toEqual(['official']);
  });

  it('11.2 #26: another step name than the record’s: the official SDK runs the body', async () => {
    const ran: string[] = [];
    const run = async (engine: Engine): Promise<Outcome> => {
      const execution = new TwoEngines((context) => context.step('b', async () => ran.push(engine)));
      execution.service.put('1', { Type: 'STEP', SubType: 'Step', Name: 'a', Status: 'STARTED' });
      return execution.invoke(engine);
    };
    const [official, ours] = [await run('official'), await run('ours')];
    expect(official.error).toEqual(ours.error);
    expect(ran).toEqual(['official']);
  });

  it('11.2 #17b: a step added to a finished large context: the official SDK runs it and hangs', async () => {
    const ran: string[] = [];
    const run = async (engine: Engine): Promise<string> => {
      const execution = new TwoEngines((context) =>
        context.runInChildContext(async (child) => {
          await child.step('new', async () => ran.push(engine));
          return 1;
        }),
      );
      execution.service.put('1', {
        Type: 'CONTEXT',
        SubType: 'RunInChildContext',
        Status: 'SUCCEEDED',
        ContextDetails: { ReplayChildren: true, Result: '' },
      });
      return (await execution.invoke(engine, engine === 'official' ? HANG_MS : undefined)).end;
    };
    expect([await run('official'), await run('ours')]).toEqual(['hangs', 'FAILED']);
    expect(ran).toEqual(['official']);
  });

  it('11.2 #17: a timed out callback in a large context: the official SDK hangs on replay', async () => {
    const run = async (engine: Engine): Promise<string> => {
      const execution = new TwoEngines((context) =>
        context.runInChildContext(async (child) => {
          const [result] = await child.createCallback();
          return result.catch((error) => (error as Error).name);
        }),
      );
      execution.service.put('1', {
        Type: 'CONTEXT',
        SubType: 'RunInChildContext',
        Status: 'SUCCEEDED',
        ContextDetails: { ReplayChildren: true, Result: '' },
      });
      execution.service.put('1-1', {
        Type: 'CALLBACK',
        SubType: 'Callback',
        Status: 'TIMED_OUT',
        CallbackDetails: { CallbackId: 'eA==' },
      });
      const { end, result } = await execution.invoke(engine, engine === 'official' ? HANG_MS : undefined);
      return result === undefined ? end : `${end} ${result}`;
    };
    expect([await run('official'), await run('ours')]).toEqual(['hangs', 'SUCCEEDED CallbackTimeoutError']);
  });

  it('11.3 #29: a result that can not be stored: the official SDK throws, and is retried for ever', async () => {
    const outcomes = await both((context) => context.step(async () => 1n));
    expect(ends(outcomes)).toEqual({ official: 'throws', ours: 'FAILED' });
  });

  it('11.3 #35: an empty event: the official SDK throws, and is retried for ever', async () => {
    const run = async (engine: Engine): Promise<string> => {
      const execution = new TwoEngines(async () => 1);
      for (const operation of execution.service.state.operations.values())
        operation.ExecutionDetails = { InputPayload: '' };
      return (await execution.invoke(engine)).end;
    };
    expect([await run('official'), await run('ours')]).toEqual(['throws', 'SUCCEEDED']);
  });

  it('a race on replay whose loser ended meanwhile: the official SDK lets the loser win', async () => {
    const run = async (engine: Engine): Promise<unknown> => {
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
    };
    expect([await run('official'), await run('ours')]).toEqual(['limit', 'quote']);
  });

  it('11.4 #38: a line in an unfinished child: the official SDK prints it in every invocation', async () => {
    const run = async (engine: Engine): Promise<string[]> => {
      const lines: string[] = [];
      const print = (line: unknown): void => void lines.push(String(line));
      const execution = new TwoEngines((context) => {
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
    };
    expect([await run('official'), await run('ours')]).toEqual([['begin', 'begin'], ['begin']]);
  });
});
