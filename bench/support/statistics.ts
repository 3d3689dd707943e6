/** The middle value; of an even number of values, the higher one of the two in the middle. */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new RangeError('median: there are no values');
  return middle;
}

/** How much `values` grow from one to the next, by least squares: one outlier at an end does not make a trend. */
export function slope(values: readonly number[]): number {
  if (values.length < 2) throw new RangeError(`slope: ${values.length} values show no trend`);
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let rise = 0;
  let run = 0;
  for (const [index, value] of values.entries()) {
    rise += (index - middle) * (value - mean);
    run += (index - middle) ** 2;
  }
  return rise / run;
}

/** Three significant digits, which is more than a shared machine can repeat. */
export function shown(value: number | undefined): string {
  if (value === undefined) return '';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
