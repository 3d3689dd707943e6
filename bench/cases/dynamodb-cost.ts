import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINES } from '../../test/support/dynamodb-engines.ts';
import type { BenchCase, Figures } from '../support/bench-case.ts';
import { type Ask, availableEngines, openDynamoDBRun } from '../support/dynamodb-run.ts';
import type { TableUse } from '../support/dynamodb-use.ts';
import type { Handler } from '../support/engines.ts';

type Context = Parameters<Handler>[1];

const COUNT = 20;
const LONG_BODY_MS = 30;
const RESULT = 'x'.repeat(698);

/** What a handler does `COUNT` times; then the same without it is taken off. */
const DOINGS: Readonly<Record<string, (context: Context, name: string, ask: Ask) => Promise<unknown>>> = {
  'a step with a result of 700 bytes': (context, name) => context.step(name, async () => RESULT),
  'a step whose body takes 30 ms': (context, name) => context.step(name, () => sleep(LONG_BODY_MS)),
  'a wait, and the invocation after it': (context, name) => context.wait(name, { minutes: 1 }),
  'a callback, and the invocation after it': (context, name, ask) => context.waitForCallback(name, ask),
};
const EXECUTION = 'an invocation that is a whole execution: start, no operation, end';
const IDLE = 'a minute of the wake-up function in which nothing is due';

export const benchCase: BenchCase = {
  title:
    'what DynamoDB is asked for; a step is 1 request and 1 write unit. Looks are made once for all executions; dynalite’s index units are computed',
  rows: () => ENGINES.flatMap((kind) => [EXECUTION, ...Object.keys(DOINGS), IDLE].map((what) => `${kind}: ${what}`)),
  rounds: 1,
  engines: ['ours'],
  async measure(_engine, row, report) {
    const kind = availableEngines().find((one) => row.startsWith(`${one}: `));
    if (kind === undefined) return report({ 'not run, there is no Java': Number.NaN });
    const what = row.slice(kind.length + 2);
    const place = await openDynamoDBRun(kind);
    const nothing = () => async () => {};
    const doing = DOINGS[what];
    if (what === IDLE) report(figures(await place.idleMinute()));
    else if (doing === undefined) report(figures(await place.run(nothing)));
    else {
      const many = await place.run((ask) => async (_event, context) => {
        for (let index = 0; index < COUNT; index++) await doing(context, `doing-${index}`, ask);
      });
      report(figures(many, await place.run(nothing), COUNT));
    }
    await place.close();
  },
};

function figures(use: TableUse, without?: TableUse, count = 1): Figures {
  const each = (member: keyof TableUse): number => (use[member] - (without?.[member] ?? 0)) / count;
  return { requests: each('requests'), 'write units': each('writeUnits'), 'read units': each('readUnits') };
}
