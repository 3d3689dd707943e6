import { Logger } from '@aws-lambda-powertools/logger';
import { replayAwareLogger } from '@middy-durable/logger';
import type { BenchCase, EngineName } from '../support/bench-case.ts';
import { type Handler, loadEngine } from '../support/engines.ts';
import { PlainService } from '../support/plain-service.ts';
import { median } from '../support/statistics.ts';

const LINES = 2000;
const REPETITIONS = 15;

/** Plain Powertools beside a replay-aware one; no line is written anywhere, so that only the work on it is measured. */
function makeLogger(engine: EngineName): Logger {
  process.env.POWERTOOLS_SERVICE_NAME = 'orders';
  const logger = new Logger();
  (logger as unknown as { printLog(): void }).printLog = () => {};
  if (engine === 'ours') replayAwareLogger(logger);
  return logger;
}

interface Row {
  /** Whether the lines are in an invocation that goes on, where an earlier one has printed them. */
  replayed?: boolean;
  /** What happens around the lines. */
  handler(print: () => void): Handler;
}

const rows: Readonly<Record<string, Row>> = {
  'in the handler': { handler: (print) => async () => print() },
  'in a step': { handler: (print) => (_event, context) => context.step('lines', async () => print()) },
  'in the handler, on replay': {
    replayed: true,
    handler: (print) => async (_event, context) => {
      print();
      await context.step('one', async () => 1);
      await context.step('two', async () => 2);
    },
  },
  'outside of executions': { handler: (print) => async () => print() },
};

export const benchCase: BenchCase = {
  title:
    'CPU time of a line, not counting that it is written: plain Powertools with the official SDK, a replay-aware one with ours',
  rows: () => Object.keys(rows),
  async measure(engine, name, report) {
    const { handler, replayed } = rows[name] as Row;
    const durable = await loadEngine(engine);
    const logger = makeLogger(engine);
    const times: number[] = [];
    for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
      let time = 0;
      const print = (): void => {
        const begun = process.cpuUsage();
        for (let index = 0; index < LINES; index++) logger.info('charged', { index });
        const { user, system } = process.cpuUsage(begun);
        time = (user + system) / LINES;
      };
      if (name === 'outside of executions') print();
      else {
        const service = new PlainService();
        if (replayed)
          await durable(
            handler(() => {}),
            service.client,
          )(service.envelope());
        const { Status } = await durable(handler(print), service.client)(service.envelope());
        if (Status !== 'SUCCEEDED') throw new Error(`It ended with ${Status}.`);
      }
      if (repetition > 0) times.push(time); // The first one compiles.
    }
    report({ 'CPU for each, µs': median(times) });
  },
};
