import { journal, plan } from '@middy-durable-examples/shared/outside/journal.ts';

export interface Job {
  id: string;
  status: 'running' | 'done' | 'failed' | 'cancelled';
}

/** One request, in the order of their arrival. */
export interface Request {
  id: string;
  outcome: 'started' | 'started before' | 'looked at' | 'unreachable' | 'cancelled' | 'cancelled before';
}

/** How jobs go. */
export interface Course {
  /** A job that was looked at so often has ended. */
  looks?: number;
  end?: 'done' | 'failed';
  /** Looks at which the service can't be reached, from 1. */
  unreachableAt?: number[];
}

const requests = journal<Request & { idempotencyKey?: string }>('job-requests.jsonl');
const course = plan<Course>('job-course.json', {});

/** Stands for a service that converts videos. Asked twice with the same key, it starts one job. */
export async function startJob({ idempotencyKey, video }: { idempotencyKey: string; video: string }): Promise<string> {
  const id = `job-${video}`;
  const known = requests.read().some((request) => request.idempotencyKey === idempotencyKey);
  requests.note({ id, idempotencyKey, outcome: known ? 'started before' : 'started' });
  return id;
}

/** @throws Error when the service can't be reached */
export async function readJob(id: string): Promise<Job> {
  const { looks: needed = 3, end = 'done', unreachableAt = [] } = course.get();
  const looks = lookCount(id) + 1;
  if (unreachableAt.includes(looks)) {
    requests.note({ id, outcome: 'unreachable' });
    throw new Error('The service can not be reached.');
  }
  requests.note({ id, outcome: 'looked at' });
  return { id, status: looks < needed ? 'running' : end };
}

/** A job that was cancelled stays so. */
export async function cancelJob(id: string): Promise<void> {
  const known = requests.read().some((request) => request.id === id && request.outcome === 'cancelled');
  requests.note({ id, outcome: known ? 'cancelled before' : 'cancelled' });
}

/** All requests so far. */
export function readRequests(): Request[] {
  return requests.read().map(({ id, outcome }) => ({ id, outcome }));
}

export function planJobs(planned: Course): void {
  course.set(planned);
}

function lookCount(id: string): number {
  const looks = ['looked at', 'unreachable'];
  return requests.read().filter((request) => request.id === id && looks.includes(request.outcome)).length;
}
