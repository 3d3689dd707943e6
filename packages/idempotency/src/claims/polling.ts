/** Longest pause between two looks at a key that is held. Seconds. */
const LONGEST_PAUSE = 60;

/** Seconds until the next look, after `looks` of them: longer and longer. */
export function pauseAfter(looks: number): number {
  return Math.min(2 ** Math.min(looks - 1, 6), LONGEST_PAUSE);
}
