import middy7 from '@middy/core';
import { type DurableContext, durableExecution, durableStep, withDurableExecution } from '@middy-durable/core';
import middy4 from 'middy-4';
import middy5 from 'middy-5';
import middy6 from 'middy-6';

export interface Order {
  id: number;
}

export interface Receipt {
  receipt: { order: number };
  approval: string;
  sent: string;
  /** How often the body had begun, when it ended. */
  runs: number;
}

type Body = (order: Order, context: DurableContext) => Promise<Receipt>;
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** What the versions of middy have in common here; their types differ. */
type Middy = (handler: Body) => { use(middleware: { before(): void; after(): void }): Handler };

const charge = async (order: number): Promise<{ order: number }> => ({ order });
const send = async ({ order }: { order: number }): Promise<string> => `receipt of ${order}`;
const chargeDurably = durableStep(charge, { name: 'charge' });
const sendDurably = durableStep(send, { name: 'send' });

/** Each way in which a handler takes this engine in, made anew; `hooks` hears of middleware. */
export const ADOPTION_FORMS: Readonly<Record<string, (hooks: string[]) => Handler>> = {
  'withDurableExecution(handler)': () => withDurableExecution(body()) as Handler,
  'withDurableExecution(middy 4)': (hooks) => wrapped(middy4, hooks),
  'withDurableExecution(middy 5)': (hooks) => wrapped(middy5, hooks),
  'withDurableExecution(middy 6)': (hooks) => wrapped(middy6, hooks),
  'withDurableExecution(middy 7)': (hooks) => wrapped(middy7, hooks),
  'middy 7 with durableExecution() as its execution mode': (hooks) =>
    middy7(body(), { executionMode: durableExecution() }).use(heard(hooks)) as Handler,
  'ambient functions': () => withDurableExecution(body(chargeDurably, sendDurably)) as Handler,
};

function wrapped(middy: unknown, hooks: string[]): Handler {
  return withDurableExecution((middy as Middy)(body()).use(heard(hooks)) as Body) as Handler;
}

function heard(hooks: string[]): { before(): void; after(): void } {
  return { before: () => void hooks.push('before'), after: () => void hooks.push('after') };
}

function body(chargeOrder?: typeof charge, sendReceipt?: typeof send): Body {
  let runs = 0;
  return async ({ id }, context) => {
    runs += 1;
    const receipt = await (chargeOrder?.(id) ?? context.step('charge', () => charge(id)));
    await context.wait('cool-down', { hours: 1 });
    const approval = await context.waitForCallback('approval', async () => {}, { timeout: { hours: 1 } });
    const sent = await (sendReceipt?.(receipt) ?? context.step('send', () => send(receipt)));
    return { receipt, approval, sent, runs };
  };
}
