import {
  allCompleted,
  type DurableContext,
  type DurableLambdaHandler,
  days,
  defaultSerdes,
  withDurableExecution,
} from '@middy-durable/core';
import type { Message, Model, Tool, ToolCall } from './conversation.ts';
import { askForApproval, type Decision } from './outside/approvals.ts';

export interface AgentOptions {
  model: Model;
  tools: Record<string, Tool>;
  /** Questions to the model, at most. Default 8. */
  maxTurns?: number;
}

/** Makes a handler in which a model works on a task with tools, until it has an answer or has used up its turns. */
export function createAgent({ model, tools, maxTurns = 8 }: AgentOptions): DurableLambdaHandler {
  async function useTool(context: DurableContext, { tool: name, input }: ToolCall): Promise<string> {
    const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (!tool) return `There is no tool '${name}'.`;
    if (tool.dangerous) {
      const { approved, by } = await context.waitForCallback<Decision>(
        'approval',
        (callbackId) => askForApproval({ callbackId, tool: name, input }),
        { timeout: days(1), serdes: defaultSerdes },
      );
      if (!approved) return `${by} does not allow it.`;
    }
    return context.step(name, ({ logger, idempotencyKey }) => {
      logger.info(JSON.stringify(input));
      return tool.run(input, idempotencyKey);
    });
  }

  return withDurableExecution(async ({ task }: { task: string }, context: DurableContext) => {
    const messages: Message[] = [{ role: 'user', text: task }];
    for (let turn = 1; turn <= maxTurns; turn++) {
      const reply = await context.step(`model-${turn}`, async ({ logger }) => {
        logger.info(`reads ${messages.length} messages`);
        return model(messages);
      });
      messages.push({ role: 'model', ...reply });
      if (reply.calls.length === 0) return { status: 'answered', answer: reply.text, turns: turn };

      const branches = reply.calls.map((call, index) => ({
        name: `call-${index + 1}`,
        func: (branch: DurableContext) => useTool(branch, call),
      }));
      // A tool that fails is no reason to end: the model is told, and may know another way.
      const used = await context.parallel(`tools-${turn}`, branches, { completionConfig: allCompleted() });
      for (const [index, { tool }] of reply.calls.entries()) {
        const { result, error } = used.all[index] ?? {};
        messages.push({ role: 'tool', tool, text: result ?? `It failed: ${error?.message}` });
      }
    }
    return { status: 'gave up', turns: maxTurns };
  });
}
