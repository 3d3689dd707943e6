/** The customers that the shop knows. */
const CUSTOMERS: Record<string, Customer> = {
  ada: { name: 'Ada', active: true },
  bob: { name: 'Bob', active: false },
};

export interface Customer {
  name: string;
  active: boolean;
}

/** Undefined for a customer that nobody knows. */
export async function findCustomer(id: string): Promise<Customer | undefined> {
  return Object.hasOwn(CUSTOMERS, id) ? CUSTOMERS[id] : undefined;
}
