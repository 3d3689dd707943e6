import { journal } from '@middy-durable-examples/shared/outside/journal.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

const sent = journal<Mail>('mails.jsonl');

/** Sends a mail. This is the one place where a link may be written down: the recipient's mailbox. */
export async function sendMail(mail: Mail): Promise<void> {
  sent.note(mail);
}

/** All mails so far, oldest first. */
export function readMails(): Mail[] {
  return sent.read();
}

/** The link in a mail. */
export function linkIn(mail: Mail | undefined): string {
  const [link] = /https?:\S+/.exec(mail?.text ?? '') ?? [];
  if (link === undefined) throw new Error('There is no link in this mail.');
  return link;
}
