import { writeFileSync } from 'node:fs';
import { outsideFile } from '@middy-durable-examples/shared/outside/folder.ts';
import { journal, plan, silence } from '@middy-durable-examples/shared/outside/journal.ts';

export interface Customer {
  id: string;
  email: string;
}

/** One request, in the order of their arrival. */
export interface Request {
  id: string;
  outcome: 'saved' | 'saved before' | 'busy';
}

/** How the database can misbehave. */
export interface Troubles {
  /** Ids of customers that are refused at the first request. */
  busy?: string[];
  /** After so many customers it saves, but no longer answers. */
  silentAfter?: number;
}

const requests = journal<Request>('customer-requests.jsonl');
const troubles = plan<Troubles>('customer-troubles.json', {});

/** Trying again later may help. */
export class DatabaseBusy extends Error {
  override readonly name: string = 'DatabaseBusy';
}

/**
 * Stands for a database with a unique key: the same customer again changes nothing.
 * @throws DatabaseBusy when nothing was saved
 */
export async function saveCustomer({ id, email }: Customer): Promise<void> {
  const { busy = [], silentAfter = Number.POSITIVE_INFINITY } = troubles.get();
  if (busy.includes(id) && !readRequests().some((request) => request.id === id)) {
    requests.note({ id, outcome: 'busy' });
    throw new DatabaseBusy(`The database is busy; ${id} is not saved.`);
  }
  requests.note({ id, outcome: insert(`customer-${encodeURIComponent(id)}.json`, email) ? 'saved' : 'saved before' });
  if (silentAfter < Number.POSITIVE_INFINITY && readRequests().length > silentAfter) await silence();
}

/** All requests so far. */
export function readRequests(): Request[] {
  return requests.read();
}

export function planTroubles(planned: Troubles): void {
  troubles.set(planned);
}

/** @returns whether the key was free */
function insert(key: string, value: string): boolean {
  try {
    writeFileSync(outsideFile(key), value, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
