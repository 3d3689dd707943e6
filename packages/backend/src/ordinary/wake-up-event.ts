import { isRecord } from '../request-shape.ts';

/**
 * The event with which a function is asked to go on with one of its runs. Only a reference: the function loads the run
 * from the store, and decides itself. Asked twice, late or out of order, it does nothing that it should not.
 */
export interface WakeUpEvent {
  middyDurableWakeUp: {
    runId: string;
    /** The log item that who asks has seen as the last one: while it is, there is a reason to go on. */
    sequence: number;
    /** Epoch milliseconds on the clock of who asks. */
    at: number;
  };
}

/** True for the event of a wake-up, and for nothing that merely looks a little like one. */
export function isWakeUpEvent(event: unknown): event is WakeUpEvent {
  if (!isRecord(event) || Object.keys(event).length !== 1) return false;
  const { middyDurableWakeUp: wakeUp } = event;
  if (!isRecord(wakeUp)) return false;
  const { runId, sequence, at } = wakeUp;
  return typeof runId === 'string' && runId !== '' && Number.isInteger(sequence) && Number.isFinite(at);
}
