/** What HTTP middlewares read from an error: the status of the answer, and whether its message may be shown. */
export interface HttpStatus {
  statusCode: number;
  expose?: boolean;
}

const LINE = /^HTTP status (\d{3})(, exposed|, hidden)?$/;

/** The HTTP status of an error as a line of its stored stack trace, which the official SDK does not read; none for others. */
export function httpStatusLine(error: object): string[] {
  const status = httpStatusOf(error);
  if (!status) return [];
  const shown = status.expose === undefined ? '' : status.expose ? ', exposed' : ', hidden';
  return [`HTTP status ${status.statusCode}${shown}`];
}

/** The HTTP status that an error has. */
export function httpStatusOf(error: object | undefined): HttpStatus | undefined {
  const { statusCode, expose } = (error ?? {}) as Partial<HttpStatus>;
  if (!Number.isInteger(statusCode) || (statusCode as number) < 100 || (statusCode as number) > 599) return undefined;
  return { statusCode: statusCode as number, ...(typeof expose === 'boolean' && { expose }) };
}

/** The HTTP status that a stored stack trace tells. */
export function httpStatusFromLines(lines: readonly string[] | undefined): HttpStatus | undefined {
  const [, statusCode, shown] = LINE.exec(lines?.[0] ?? '') ?? [];
  if (statusCode === undefined) return undefined;
  return { statusCode: Number(statusCode), ...(shown && { expose: shown === ', exposed' }) };
}
