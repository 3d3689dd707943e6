import { NonRetryableError } from '@middy-durable/core';

export interface OrderLine {
  article: string;
  quantity: number;
  /** Cents for one piece. */
  price: number;
}

export interface Order {
  id: string;
  customer: string;
  lines: OrderLine[];
}

/**
 * The order's total in cents.
 * @throws NonRetryableError when the order can't be processed as it is: asking again would not help
 */
export function totalOf({ id, lines }: Order): number {
  if (lines.length === 0) throw new NonRetryableError(`Order ${id} has no lines; send what was ordered.`);
  for (const { article, quantity, price } of lines) {
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw new NonRetryableError(`Order ${id}: quantity of '${article}' is ${quantity}; send a whole number from 1.`);
    }
    if (!Number.isInteger(price) || price < 0) {
      throw new NonRetryableError(`Order ${id}: price of '${article}' is ${price}; send whole cents.`);
    }
  }
  return lines.reduce((total, { quantity, price }) => total + quantity * price, 0);
}

/** @example euros(12990) // '129.90 EUR' */
export function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} EUR`;
}
