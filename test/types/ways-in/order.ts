import type { Logger } from '@aws-lambda-powertools/logger';

export interface Order {
  id: string;
}

export interface Receipt {
  paid: boolean;
}

export declare function pay(order: Order): Promise<Receipt>;

export declare const logger: Logger;
export declare function validate(order: Order): Promise<Order>;
export declare function askApprover(callbackId: string, order: Order): Promise<void>;
export declare function process(order: Order, approval: unknown): Promise<Receipt>;
