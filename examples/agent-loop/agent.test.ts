import { describe, expect, it } from '@jest/globals';
import { NonRetryableError } from '@middy-durable/core';
import { createTestRunner } from '@middy-durable/testing';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { type AgentOptions, createAgent } from './agent.ts';
import type { Message, Reply, ToolCall } from './conversation.ts';

useFreshOutside();
const runAgent = (options: AgentOptions) =>
  createTestRunner({ handler: createAgent(options) }).run({ task: 'do something' });

/** A model that calls these tools in its first turn and then tells what it heard. */
const modelOf = (...calls: ToolCall[]) => {
  const seen: Message[][] = [];
  const model = async (messages: readonly Message[]): Promise<Reply> => {
    seen.push([...messages]);
    if (messages.length === 1) return { text: '', calls };
    return { text: messages.flatMap((message) => (message.role === 'tool' ? message.text : [])).join(), calls: [] };
  };
  return { model, seen };
};

describe('an agent', () => {
  it('hands the whole conversation to the model, results in the order of the calls', async () => {
    const { model, seen } = modelOf({ tool: 'slow', input: {} }, { tool: 'fast', input: { n: 1 } });
    let fastIsDone: (() => void) | undefined;
    const whenFastIsDone = new Promise<void>((resolve) => {
      fastIsDone = resolve;
    });
    const run = await runAgent({
      model,
      tools: {
        // Only when both run at the same time can this one end.
        slow: { run: () => whenFastIsDone.then(() => 'slow result') },
        fast: {
          run: async ({ n }) => {
            fastIsDone?.();
            return `fast result ${n}`;
          },
        },
      },
    });
    expect(run.result).toEqual({ status: 'answered', answer: 'slow result,fast result 1', turns: 2 });
    expect(seen).toEqual([
      [{ role: 'user', text: 'do something' }],
      [
        { role: 'user', text: 'do something' },
        {
          role: 'model',
          text: '',
          calls: [
            { tool: 'slow', input: {} },
            { tool: 'fast', input: { n: 1 } },
          ],
        },
        { role: 'tool', tool: 'slow', text: 'slow result' },
        { role: 'tool', tool: 'fast', text: 'fast result 1' },
      ],
    ]);
  });

  it('tells the model what failed and what there is not', async () => {
    const broken = {
      run: async () => {
        throw new NonRetryableError('out of paper');
      },
    };
    const { model } = modelOf({ tool: 'print', input: {} }, { tool: 'toString', input: {} });
    expect((await runAgent({ model, tools: { print: broken } })).result).toMatchObject({
      answer: "It failed: out of paper,There is no tool 'toString'.",
    });
  });

  it('calls a tool again that may work the next time', async () => {
    const keys: string[] = [];
    const flaky = {
      run: async (_input: unknown, idempotencyKey: string) => {
        keys.push(idempotencyKey);
        if (keys.length < 3) throw new Error('try again');
        return 'done';
      },
    };
    const { model } = modelOf({ tool: 'flaky', input: {} });
    const run = await runAgent({ model, tools: { flaky } });
    expect(run.result).toMatchObject({ status: 'answered', answer: 'done' });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(run.invocations.map(({ outcome }) => outcome)).toEqual(['PENDING', 'PENDING', 'SUCCEEDED']);
  });

  it('gives up when its turns are used up', async () => {
    let questions = 0;
    const model = async (): Promise<Reply> => {
      questions++;
      return { text: '', calls: [{ tool: 'look', input: {} }] };
    };
    const run = await runAgent({ model, tools: { look: { run: async () => 'nothing' } }, maxTurns: 5 });
    expect(run.result).toEqual({ status: 'gave up', turns: 5 });
    expect(questions).toBe(5);
  });

  it('fails when the model can not be asked', async () => {
    const model = async (): Promise<Reply> => {
      throw new NonRetryableError('no such model');
    };
    expect(await runAgent({ model, tools: {} })).toMatchObject({
      status: 'FAILED',
      error: { ErrorType: 'StepError', ErrorMessage: 'no such model' },
    });
  });
});
