export interface Order {
  id: string;
}

export interface Receipt {
  paid: boolean;
}

export declare function pay(order: Order): Promise<Receipt>;
