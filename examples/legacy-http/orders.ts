export interface Order {
  id: string;
  customer: string;
  article: string;
  quantity: number;
  /** Cents. */
  amount: number;
}

/** What the handler sees of a request; http-json-body-parser has read the body. */
export interface OrderRequest {
  body: unknown;
}

/** An error that http-error-handler answers as it says. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError';
  readonly expose = true;
  readonly statusCode: number;
  readonly headers: Record<string, string>;

  constructor(statusCode: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/**
 * The order in the body of a request.
 * @throws HttpError 400 that says what is wrong with it
 */
export function readOrder(body: unknown): Order {
  const { id, customer, article, quantity, amount } = (body ?? {}) as Partial<Record<keyof Order, unknown>>;
  const texts = { id, customer, article };
  const empty = Object.entries(texts).find(([, value]) => typeof value !== 'string' || value === '');
  if (empty) throw new HttpError(400, `${empty[0]} must be text`);
  if (!isPositive(quantity)) throw new HttpError(400, 'quantity must be a whole number from 1');
  if (!isPositive(amount)) throw new HttpError(400, 'amount must be whole cents, 1 or more');
  return { ...(texts as Pick<Order, 'id' | 'customer' | 'article'>), quantity, amount };
}

/** @throws HttpError 503 that asks the client to send the order again */
export function askAgain(): never {
  throw new HttpError(503, 'The warehouse does not answer. Send the order again.', { 'Retry-After': '5' });
}

function isPositive(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}
