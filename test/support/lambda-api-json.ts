/** The body of an answer: as JSON, moments as seconds since 1970 with at most three decimals. */
export function encodeBody(body: object): string {
  return JSON.stringify(body, function (this: Record<string, unknown>, key, value: unknown) {
    // The value is not asked: a Date has become text by now.
    const raw = this[key];
    return key.endsWith('Timestamp') && raw !== undefined
      ? new Date(raw as string | number | Date).getTime() / 1000
      : value;
  });
}
