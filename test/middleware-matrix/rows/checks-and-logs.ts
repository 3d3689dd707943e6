import doNotWaitForEmptyEventLoop from '@middy/do-not-wait-for-empty-event-loop';
import errorLogger from '@middy/error-logger';
import inputOutputLogger from '@middy/input-output-logger';
import validator from '@middy/validator';
import warmup from '@middy/warmup';
import { onlyFirst } from '@middy-durable/core/middleware';
import type { Bench } from '../support/bench.ts';
import type { Row } from '../support/row.ts';

/** A compiled schema, as Ajv makes them. Not what the types of `validator` say: they name the compiler. */
const schema = (valid: (value: any) => boolean): never => valid as never;
const eventSchema = schema(({ id }) => id === 7);
const responseSchema = schema(({ ok }) => ok === true);

const EVENT = { event: { id: 7 } };
const RESPONSE = { response: { ok: true } };
const logging = (bench: Bench) =>
  bench.noted(inputOutputLogger({ logger: (message) => void bench.effects.push(structuredClone(message)) }));

/** Cells of a middleware that only looks at each event. */
const looking = (says: string): Row['cells'] => ({
  first: { hooks: ['before'], says },
  replay: { hooks: ['before', 'before'], says },
  suspension: { hooks: ['before', 'before'], says },
  failure: { hooks: ['before'], says: 'the execution fails with the error' },
  thaw: { hooks: ['before', 'before'], says: 'nothing runs late' },
});

export const checksAndLogsRows: Row[] = [
  {
    package: '@middy/validator',
    code: 'validator({ eventSchema, responseSchema })',
    advice: '`onlyFirst(...)` for the event, so that a stricter schema does not end what is under way',
    ...EVENT,
    use: (bench) => [bench.noted(validator({ eventSchema, responseSchema }))],
    cells: {
      first: { hooks: ['before after'], says: 'event and answer are checked' },
      replay: { hooks: ['before', 'before after'], says: 'the event is checked in each invocation' },
      suspension: { hooks: ['before', 'before after'], says: 'the event is checked in each invocation' },
      failure: { hooks: ['before'], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/validator',
    code: 'onlyFirst(validator({ eventSchema }))',
    advice: 'this',
    ...EVENT,
    use: (bench) => [onlyFirst(bench.noted(validator({ eventSchema })))],
    cells: {
      first: { hooks: ['before'], says: 'the event is checked' },
      replay: { hooks: ['before', ''], says: 'checked once per execution' },
      suspension: { hooks: ['before', ''], says: 'checked once per execution' },
      failure: { hooks: ['before'], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', ''], says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/input-output-logger',
    code: 'inputOutputLogger()',
    advice: '`onlyFirst(...)`',
    ...EVENT,
    use: (bench) => [logging(bench)],
    cells: {
      first: { hooks: ['before after'], effects: [EVENT, RESPONSE], says: 'event and answer are logged' },
      replay: {
        hooks: ['before', 'before after'],
        effects: [EVENT, EVENT, RESPONSE],
        says: 'the event is logged in each invocation, the answer once',
      },
      suspension: {
        hooks: ['before', 'before after'],
        effects: [EVENT, EVENT, RESPONSE],
        says: 'the event is logged in each invocation, the answer once; never the suspension',
      },
      failure: { hooks: ['before onError'], effects: [EVENT], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before after'], effects: [EVENT, EVENT, RESPONSE], says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/input-output-logger',
    code: 'onlyFirst(inputOutputLogger())',
    advice: 'this',
    ...EVENT,
    use: (bench) => [onlyFirst(logging(bench))],
    cells: {
      first: { hooks: ['before after'], effects: [EVENT, RESPONSE], says: 'event and answer are logged' },
      replay: { hooks: ['before', 'after'], effects: [EVENT, RESPONSE], says: 'each is logged once per execution' },
      suspension: { hooks: ['before', 'after'], effects: [EVENT, RESPONSE], says: 'each is logged once per execution' },
      failure: { hooks: ['before onError'], effects: [EVENT], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'after'], effects: [EVENT, RESPONSE], says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/error-logger',
    code: 'errorLogger()',
    advice: 'as it is',
    use: (bench) => [bench.noted(errorLogger({ logger: ({ error }) => void bench.effects.push(String(error)) }))],
    cells: {
      first: { says: 'does not run' },
      replay: { says: 'does not run' },
      suspension: { says: 'does not run' },
      failure: {
        hooks: ['onError'],
        effects: ['RangeError: no stock'],
        says: 'logged once; the execution fails with it',
      },
      thaw: { says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/warmup',
    code: 'warmup()',
    advice: 'as it is; let the pings call another handler where each execution costs',
    ...EVENT,
    use: (bench) => [bench.noted(warmup())],
    cells: looking('lets the event pass'),
  },
  {
    package: '@middy/warmup',
    code: 'warmup()',
    advice: 'the ping itself',
    event: { source: 'serverless-plugin-warmup' },
    use: (bench) => [bench.noted(warmup())],
    answer: 'warmup',
    look: () => 'the handler ran',
    cells: {
      first: {
        hooks: ['before'],
        says: 'an execution of its own, which succeeds with `warmup`; the handler does not run',
      },
      replay: { hooks: ['before', 'before'], says: 'the same answer again' },
      suspension: { hooks: ['before'], says: 'nothing to suspend' },
      failure: {
        hooks: ['before'],
        outcome: 'warmup',
        caller: 'warmup',
        says: 'nothing to fail; the caller gets `warmup`',
      },
      thaw: { hooks: ['before'], says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/do-not-wait-for-empty-event-loop',
    code: 'doNotWaitForEmptyEventLoop()',
    advice: 'as it is',
    use: (bench) => [bench.noted(doNotWaitForEmptyEventLoop())],
    look: (_event, { lambdaContext }) => lambdaContext.callbackWaitsForEmptyEventLoop,
    cells: {
      first: { hooks: ['before'], saw: [false], says: 'Lambda is told' },
      replay: { hooks: ['before', 'before'], saw: [false, false], says: 'Lambda is told in each invocation' },
      suspension: { hooks: ['before', 'before'], saw: [false, false], says: 'Lambda is told in each invocation' },
      failure: { hooks: ['before'], saw: [false], says: 'the execution fails with the error' },
      thaw: { hooks: ['before', 'before'], saw: [false, false], says: 'nothing runs late' },
    },
  },
];
