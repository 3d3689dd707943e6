import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DurableExecutionInvocationInput } from '@middy-durable/core';
import { ShownInvocations, type Stage } from './shown-invocations.ts';
import { until } from './until.ts';

const HANDLERS = `
export const answers = async () => {
  console.log(JSON.stringify({ operationName: 'pay', attempt: 2, message: 'charging' }));
  console.log('{"no":"operation"}');
  console.error('plain text\\n    at its stack\\n}');
  return { Status: 'SUCCEEDED', Result: '7' };
};
export const fails = async () => ({ Status: 'FAILED', Error: { ErrorType: 'StepError', ErrorMessage: 'declined' } });
export const suspends = async () => ({ Status: 'PENDING' });
export const dies = async () => process.exit(3);
export const adds = async ({ numbers: [a, b] }) => a + b;
export const reads = async ({ durableExecutionClient }) => ({
  Status: 'SUCCEEDED',
  Result: String(typeof durableExecutionClient.checkpoint),
});
`;

const ENVELOPE = {
  DurableExecutionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST/durable-execution/n/i',
  CheckpointToken: 'dG9rZW4=',
  InitialExecutionState: {
    Operations: [
      { Id: 'e', Type: 'EXECUTION', Status: 'STARTED', StartTimestamp: 1 },
      { Id: 'a', Name: 'validate', Type: 'STEP', Status: 'SUCCEEDED', StartTimestamp: 1 },
      { Id: 'b', Type: 'CALLBACK', Status: 'TIMED_OUT', StartTimestamp: 1 },
      { Id: 'c', Name: 'pay', Type: 'STEP', Status: 'READY', StartTimestamp: 1 },
    ],
  },
} satisfies DurableExecutionInvocationInput;

describe('ShownInvocations', () => {
  let folder: string;
  let lines: string[];
  let options: Stage;
  let shown: ShownInvocations;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shown-invocations-'));
    const file = join(folder, 'handlers.mjs');
    writeFileSync(file, HANDLERS);
    lines = [];
    const names = ['answers', 'fails', 'suspends', 'dies', 'adds', 'reads'];
    options = {
      handlers: Object.fromEntries(names.map((name) => [name, [file, name]])),
      history: async (arn) => [
        {
          EventType: 'CallbackStarted',
          EventId: 1,
          EventTimestamp: new Date(),
          Name: arn === ENVELOPE.DurableExecutionArn ? 'approval' : 'of another execution',
        },
      ],
      print: (line) => lines.push(line),
    };
    shown = new ShownInvocations(options);
  });
  afterEach(async () => {
    await shown.close();
    rmSync(folder, { recursive: true });
  });

  it('prints what was replayed, what ran, what was written and the answer', async () => {
    await shown.invoke('answers', ENVELOPE, { requestId: 'r' });
    expect(shown.latest).toMatchObject({ replayed: ['validate', 'b'], ran: ['pay'], outcome: 'SUCCEEDED' });
    // Output arrives over two pipes: only the order within each is certain.
    expect(lines.slice(0, 3)).toEqual([
      `\ninvocation 1  process ${shown.latest.pid}`,
      '  function  answers',
      '  replayed  validate, b',
    ]);
    expect(lines.slice(3, -1).sort()).toEqual([
      '  ran       pay, attempt 2: charging',
      '  wrote     plain text',
      '  wrote     {"no":"operation"}',
    ]);
    expect(lines.at(-1)).toBe('  answered  7');
  });

  it('prints why an execution failed, what it waits for, and how a process died', async () => {
    await shown.invoke('fails', ENVELOPE, { requestId: 'r' });
    expect(lines.at(-1)).toBe('  failed    StepError: declined');
    await shown.invoke('suspends', ENVELOPE, { requestId: 'r' });
    expect(lines.at(-1)).toBe('  suspends  waits for callback approval');
    await expect(shown.invoke('dies', ENVELOPE, { requestId: 'r' })).rejects.toMatchObject({
      errorType: 'Runtime.ExitError',
    });
    expect(lines.at(-1)).toBe('  died      Runtime exited with error: exit status 3');
    expect(shown.all.map(({ outcome }) => outcome)).toEqual(['FAILED', 'PENDING', 'DIED']);
  });

  it('names no function where there is only one', async () => {
    const { answers } = options.handlers;
    const alone = new ShownInvocations({ ...options, handlers: { answers } as Stage['handlers'] });
    await alone.invoke('answers', ENVELOPE, { requestId: 'r' });
    expect(lines).not.toContainEqual(expect.stringContaining('function'));
  });

  it('prints what an ordinary function answers, and says nothing of a replay', async () => {
    const event = { numbers: [1, 2] } as never;
    expect(await shown.invoke('adds', event, { requestId: 'r' })).toBe(3);
    expect(lines).toEqual([`\ninvocation 1  process ${shown.latest.pid}`, '  function  adds', '  answered  3']);
    expect(shown.latest).toMatchObject({ functionName: 'adds', replayed: [], ran: [], outcome: 'SUCCEEDED' });
  });

  it('prints each line under the heading of its own invocation', async () => {
    await Promise.all(
      ['fails', 'suspends'].map((name, index) => shown.invoke(name, ENVELOPE, { requestId: `r${index}` })),
    );
    const blocks = lines.join('\n').split(/(?=\ninvocation )/);
    const ofFails = blocks.filter((block) => block.startsWith('\ninvocation 1 '));
    expect(ofFails.join('')).toMatch(/function {2}fails\n.*failed {4}StepError: declined/s);
    expect(ofFails.join('')).not.toContain('suspends');
  });

  it('kills at once what it is told to, and only that', async () => {
    const strict = new ShownInvocations({
      ...options,
      killAtOnce: ({ functionName }) => (functionName === 'answers' ? 'it is not wanted' : undefined),
    });
    await expect(strict.invoke('answers', ENVELOPE, { requestId: 'r' })).rejects.toMatchObject({
      errorType: 'Runtime.ExitError',
    });
    expect(lines.slice(-2)).toEqual([
      '  kill -9   it is not wanted',
      '  died      Runtime exited with error: signal: SIGKILL',
    ]);
    await strict.invoke('suspends', ENVELOPE, { requestId: 'r' });
    expect(strict.all.map(({ outcome, ran }) => [outcome, ran])).toEqual([
      ['DIED', []],
      ['PENDING', []],
    ]);
  });

  it('hands a client of the store to the handlers', async () => {
    const stored = new ShownInvocations({ ...options, store: join(folder, 'executions.db') });
    expect(await stored.invoke('reads', ENVELOPE, { requestId: 'r' })).toEqual({
      Status: 'SUCCEEDED',
      Result: 'function',
    });
  });

  it('has no latest invocation before the first', () => {
    expect(() => shown.latest).toThrow('Nothing was invoked yet');
  });
});

describe('until', () => {
  it('resolves once it holds', async () => {
    let looks = 0;
    await until('it was looked at three times', () => ++looks === 3, AbortSignal.timeout(60_000));
    expect(looks).toBe(3);
  });

  it('gives up with the name of what did not happen', async () => {
    const signal = AbortSignal.abort(new Error('out of time'));
    await expect(until('pigs fly', () => false, signal)).rejects.toThrow('Gave up waiting until pigs fly: out of time');
  });

  it('fails as the question does', async () => {
    const question = async (): Promise<boolean> => {
      throw new Error('the store is gone');
    };
    await expect(until('it works', question, AbortSignal.timeout(60_000))).rejects.toThrow('the store is gone');
  });
});
