import { EXECUTION_OWNER } from '../persistence/record.ts';

/** An execution that holds a key, itself or by one of its steps. */
export interface ExecutionOwner {
  /** Where the execution is kept: see `Backend.place`; `lambda` for the service. Undefined where nobody knows. */
  place: string | undefined;
  arn: string;
  /** Of a step that holds the key for itself. */
  step?: string | undefined;
}

/** The place of executions that the Lambda service keeps. */
export const LAMBDA_PLACE = 'lambda';

const EXECUTION = EXECUTION_OWNER.trimEnd();
const CALL = 'call';

/** How an execution, or one of its steps, is written into a record: the same in every invocation. */
export function executionOwner({ place, arn, step }: ExecutionOwner): string {
  const where = place === undefined ? '-' : encodeURIComponent(place);
  return [EXECUTION, where, arn, ...(step === undefined ? [] : [step])].join(' ');
}

/** The owner of one call outside of executions. */
export function callOwner(id: string): string {
  return `${CALL} ${id}`;
}

/** Undefined for calls, and for records of Powertools. */
export function parseOwner(owner: string | undefined): ExecutionOwner | undefined {
  const [kind, where, arn, step] = owner?.split(' ') ?? [];
  if (kind !== EXECUTION || where === undefined || arn === undefined) return undefined;
  return { place: where === '-' ? undefined : decoded(where), arn, step };
}

function decoded(where: string): string | undefined {
  try {
    return decodeURIComponent(where);
  } catch {
    return undefined; // Not written by us: then nobody knows the place.
  }
}
