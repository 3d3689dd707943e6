export interface Order {
  id: string;
  address: string;
}

/**
 * The order in the body of a message.
 * @throws Error for what can't be read, however often it is delivered
 */
export function readOrder(body: string): Order {
  const { id, address } = JSON.parse(body) as Partial<Record<keyof Order, unknown>>;
  if (typeof id !== 'string' || typeof address !== 'string') {
    throw new Error(`An order needs id and address, both text; got ${body.slice(0, 200)}`);
  }
  return { id, address };
}
