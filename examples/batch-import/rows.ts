import { NonRetryableError } from '@middy-durable/core';

/** One line of the file. */
export interface Row {
  /** From 1, the line of the column names not counted. */
  line: number;
  id: string;
  email: string;
}

/** The rows of a file: column names first, then `id,email` on each line. */
export function rowsOf(text: string): Row[] {
  const [, ...lines] = text.trimEnd().split('\n');
  return lines.map((line, index) => {
    const [id = '', email = ''] = line.split(',');
    return { line: index + 1, id, email };
  });
}

/** @throws NonRetryableError when the row can't be imported as it is: asking again would not help */
export function check({ line, id, email }: Row): void {
  if (id === '') throw new NonRetryableError(`Line ${line} has no id; give each customer one.`);
  if (!email.includes('@')) throw new NonRetryableError(`Line ${line}: '${email}' is no email address; correct it.`);
}
