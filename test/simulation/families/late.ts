/** A wait that is over long after everything else, whatever goes wrong meanwhile: who begins with it loses. */
export const LATE_SECONDS: number = 20 * 86_400;
