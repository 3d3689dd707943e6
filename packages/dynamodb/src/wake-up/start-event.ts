/** The event with which a function that suspends starts the wake-up function: it has the claim already. */
export interface StartEvent {
  middyDurableStart: { claim: string };
}

/** The claim in such an event; undefined for a tick of the schedule, whose event is nobody's business. */
export function claimOf(event: unknown): string | undefined {
  const claim = (event as Partial<StartEvent> | null | undefined)?.middyDurableStart?.claim;
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
