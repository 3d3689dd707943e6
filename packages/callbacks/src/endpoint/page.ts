import type { OpenedLink } from '../links/signed-callback-links.ts';

/** A field of the form, by the name of the payload's member that it becomes. */
export interface PageField {
  label: string;
  /** Default false: one line. */
  multiline?: boolean | undefined;
  /** Default false. */
  required?: boolean | undefined;
}

/** What a page shows. */
export interface PageView {
  /**
   * `confirm`: asks for a decision. `recorded`: it is made. `invalid`: the link gives no right, for whatever reason.
   * `refused`: the request can't be taken (`problems` says why). `unavailable`: try again soon.
   */
  readonly kind: 'confirm' | 'recorded' | 'invalid' | 'refused' | 'unavailable';
  /** On `confirm`: the buttons, in order. On `recorded`: the one that was pressed. */
  readonly actions: readonly { readonly name: string; readonly label: string }[];
  /** On `confirm`: goes into a hidden field of that name. Show it nowhere else. */
  readonly token: string | undefined;
  /** What the link is about, where it is a good one. */
  readonly link: Pick<OpenedLink, 'operation' | 'audience' | 'expiresAt'> | undefined;
  /** Asked for beside the decision. */
  readonly fields: Readonly<Record<string, PageField>>;
  /** Why what was sent could not be taken. */
  readonly problems: readonly string[];
  /** Must stand at style elements: `<style nonce="...">`. Scripts are not allowed at all. */
  readonly nonce: string;
}

/**
 * Text for a page: what would be markup becomes harmless.
 * @example escapeHtml('<b>"x"</b>') // => '&lt;b&gt;&quot;x&quot;&lt;/b&gt;'
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&${ENTITIES[character]};`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };

const TITLES: Readonly<Record<PageView['kind'], string>> = {
  confirm: 'Please confirm',
  recorded: 'Thank you',
  invalid: 'This link is not valid',
  refused: 'That did not work',
  unavailable: 'Please try again',
};

/** The usual page: works without scripts, at any size, in light and dark, and with a screen reader. */
export function usualPage(view: PageView): string {
  const title = TITLES[view.kind];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${escapeHtml(view.nonce)}">
body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 34rem; padding: 2rem 1rem; }
label { display: block; margin: 1rem 0 .25rem; }
input, textarea, button { box-sizing: border-box; font: inherit; padding: .6rem .8rem; width: 100%; }
button { cursor: pointer; margin-top: 1rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${CONTENTS[view.kind](view)}
</main>
</body>
</html>
`;
}

const CONTENTS: Readonly<Record<PageView['kind'], (view: PageView) => string>> = {
  confirm: confirmation,
  recorded: ({ actions }) =>
    `<p role="status">Your answer is recorded: <strong>${escapeHtml(actions[0]?.label ?? '')}</strong>. You can close this page.</p>`,
  invalid: () => '<p>It may have been used already, or its time may be over.</p>',
  refused: ({ problems }) => `${problemList(problems)}<p>Go back and try again.</p>`,
  unavailable: () =>
    '<p role="alert">Your answer could not be recorded just now. Nothing is lost: send it again in a moment.</p>',
};

function confirmation({ actions, token, link, fields, problems }: PageView): string {
  const inputs = Object.entries(fields).map(([name, field], index) => fieldOf(name, field, `field-${index}`));
  // Enter in a field presses the first button. This one does nothing: a stray key must not approve.
  const noEnter = inputs.length > 0 ? ['<button type="submit" disabled hidden></button>'] : [];
  const buttons = actions.map(
    ({ name, label }) =>
      `<button type="submit" name="action" value="${escapeHtml(name)}">${escapeHtml(label)}</button>`,
  );
  return `${problemList(problems)}<p>Your decision is asked for: <strong>${escapeHtml(link?.operation ?? '')}</strong>${
    link?.audience === undefined ? '' : `, ${escapeHtml(link.audience)}`
  }. Nothing happens before you press a button.</p>
<form method="post" action="?">
<input type="hidden" name="token" value="${escapeHtml(token ?? '')}">
${[...noEnter, ...inputs, ...buttons].join('\n')}
</form>`;
}

function fieldOf(name: string, { label, multiline, required }: PageField, id: string): string {
  const attributes = `id="${id}" name="${escapeHtml(name)}"${required ? ' required' : ''}`;
  const input = multiline ? `<textarea ${attributes} rows="4"></textarea>` : `<input type="text" ${attributes}>`;
  return `<label for="${id}">${escapeHtml(label)}</label>\n${input}`;
}

function problemList(problems: readonly string[]): string {
  if (problems.length === 0) return '';
  return `<ul role="alert">${problems.map((problem) => `<li>${escapeHtml(problem)}</li>`).join('')}</ul>\n`;
}
