import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as officialModule from '@aws/durable-execution-sdk-js';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as ourModule from '@middy-durable/core';
import { type Exported, entry, exportsOf, programOf, root } from './support/compile.ts';

/** It turns the official engine's own debug lines on and off. Ours prints none: plugins observe it. */
const LEFT_OUT = ['refreshLogConfig'];

/** Types of the official SDK's signatures that it does not export, and we do. */
const NEVER_EXPORTED = [
  ...['ChildFunc', 'CreateCallbackConfig', 'CreateCallbackResult', 'CustomerFn', 'CustomerFnResult'],
  ...['DurableLogLevel', 'InvocationBaseInfo', 'LoggerConfig', 'NamedParallelBranch', 'OperationContext'],
  ...['ParallelConfig', 'ParallelFunc', 'StepContext', 'WaitForCallbackConfig', 'WaitForCallbackContext'],
  ...['WaitForCallbackSubmitterFunc', 'WaitForConditionContext'],
];

const REPORT = join(root, 'test/types/api-core.md');

const official: Record<string, unknown> = { ...officialModule };
const ours: Record<string, unknown> = { ...ourModule };

let theirs: Exported[];
let mine: Exported[];
beforeAll(() => {
  theirs = exportsOf(entry.official, programOf([entry.official], 'official'));
  mine = exportsOf(entry.ours, programOf([entry.ours], 'ours'));
}, 60_000);

const namesOf = (exported: Exported[]): string[] => exported.map(({ name }) => name);

describe('our exports', () => {
  it('are all of the official ones but for those left out', () => {
    expect(Object.keys(official)).toHaveLength(52);
    const missing = namesOf(theirs).filter((name) => !namesOf(mine).includes(name));
    expect(missing).toEqual(LEFT_OUT);
  });

  it('are there at run time where the official ones are', () => {
    const missing = Object.keys(official).filter((name) => !(name in ours));
    expect(missing.sort()).toEqual(LEFT_OUT);
  });

  it('have the types that official signatures use and that cannot be imported from the official SDK', () => {
    expect(namesOf(mine)).toEqual(expect.arrayContaining(NEVER_EXPORTED));
    expect(namesOf(theirs).filter((name) => NEVER_EXPORTED.includes(name))).toEqual([]);
  });

  it('are the same at run time and for the compiler', () => {
    const values = mine.filter(({ isValue }) => isValue);
    expect(namesOf(values)).toEqual(Object.keys(ours).sort());
  });
});

describe('the values of official exports', () => {
  const shared = Object.entries(official).filter(([name]) => name in ours);
  const classes = shared.filter(([, value]) => typeof value === 'function' && /^class\b/.test(String(value)));
  const constants = shared.filter(([, value]) => typeof value !== 'function');
  const functions = shared.filter(([, value]) => typeof value === 'function' && !/^class\b/.test(String(value)));

  /** Objects with functions in them, and the version, which is our own. */
  const others = ['defaultSerdes', 'retryPresets', 'SDK_VERSION'];
  it.each(constants.filter(([name]) => !others.includes(name)))('%s', (name, value) => {
    expect(ours[name]).toEqual(value);
  });

  it.each([...classes, ...functions])('%s is of the same kind', (name, value) => {
    expect(typeof ours[name]).toBe('function');
    expect((ours[name] as { name: string }).name).toBe((value as { name: string }).name);
  });

  it.each(['defaultSerdes', 'retryPresets'])('%s has the same members', (name) => {
    expect(Object.keys(ours[name] as object).sort()).toEqual(Object.keys(official[name] as object).sort());
  });
});

it('the API report is current', () => {
  const rows = mine.map(({ name, kind }) => `| ${name} | ${kind} |`);
  const report = [
    '# What `@middy-durable/core` exports',
    '',
    'Held by `exports.test.ts`. After a change that is meant: `UPDATE_API_REPORT=1 npm test -- test/types/exports`.',
    '',
    '| name | kind |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
  if (process.env.UPDATE_API_REPORT) writeFileSync(REPORT, report);
  expect(readFileSync(REPORT, 'utf8')).toBe(report);
});
