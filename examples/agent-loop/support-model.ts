import type { Message, Reply } from './conversation.ts';

/** Stands for a language model that was told to work for the shop's support: a few rules over the conversation so far. */
export async function supportModel(messages: readonly Message[]): Promise<Reply> {
  const [task] = messages;
  const order = /order-\d+/.exec(task?.text ?? '')?.[0];
  if (!order) return answer('Which order is it about?');

  const [found, policy, refunded] = ['find-order', 'refund-policy', 'refund'].map((tool) => heard(messages, tool));
  if (found === undefined || policy === undefined) {
    const calls = [
      { tool: 'find-order', input: { order } },
      { tool: 'refund-policy', input: {} },
    ];
    return { text: `Let me look at ${order}.`, calls };
  }
  const cents = /(\d+) cents, (\d+) days/.exec(found);
  if (!cents) return answer(`I can not find ${order}. ${found}`);
  const days = Number(/within (\d+) days/.exec(policy)?.[1] ?? 0);
  if (Number(cents[2]) > days) return answer(`${order} is older than ${days} days: I can not refund it.`);
  if (refunded !== undefined) return answer(`About your refund of ${order}: ${refunded}`);
  return { text: 'I will refund it.', calls: [{ tool: 'refund', input: { order, cents: Number(cents[1]) } }] };
}

function answer(text: string): Reply {
  return { text, calls: [] };
}

/** What the tool said last. */
function heard(messages: readonly Message[], tool: string): string | undefined {
  return messages.findLast((message) => message.role === 'tool' && message.tool === tool)?.text;
}
