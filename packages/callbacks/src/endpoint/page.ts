import type { OpenedLink } from '../links/signed-callback-links.ts';
import { type Html, html } from './html.ts';

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
  /** What was written into the fields, on a page that asks again. */
  readonly values: Readonly<Record<string, string>>;
  /** Why what was sent could not be taken. */
  readonly problems: readonly string[];
  /** Must stand at style elements: `<style nonce="...">`. Scripts are not allowed at all. */
  readonly nonce: string;
}

const TITLES: Readonly<Record<PageView['kind'], string>> = {
  confirm: 'Please confirm',
  recorded: 'Thank you',
  invalid: 'This link is not valid',
  refused: 'That did not work',
  unavailable: 'Please try again',
};

/** The usual page: works without scripts, at any size, in light and dark, and with a screen reader. */
export function usualPage(view: PageView): Html {
  const title = TITLES[view.kind];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${view.nonce}">
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

const CONTENTS: Readonly<Record<PageView['kind'], (view: PageView) => Html>> = {
  confirm: confirmation,
  recorded: ({ actions }) =>
    html`<p role="status">Your answer is recorded: <strong>${actions[0]?.label}</strong>. You can close this page.</p>`,
  invalid: () => html`<p>It may have been used already, or its time may be over.</p>`,
  refused: ({ problems }) => html`${problemList(problems)}<p>Go back and try again.</p>`,
  unavailable: () =>
    html`<p role="alert">It did not work just now. Nothing is lost: go back and try again in a moment.</p>`,
};

function confirmation({ actions, token, link, fields, values, problems }: PageView): Html {
  const inputs = Object.entries(fields).map(([name, field], index) =>
    fieldOf(name, field, `field-${index}`, Object.hasOwn(values, name) ? values[name] : ''),
  );
  // Enter in a field presses the first button. This one does nothing: a stray key must not approve.
  const noEnter = inputs.length > 0 && html`<button type="submit" disabled hidden></button>\n`;
  const buttons = actions.map(
    ({ name, label }) => html`<button type="submit" name="action" value="${name}">${label}</button>\n`,
  );
  const forWhom = link?.audience !== undefined && html`, ${link.audience}`;
  return html`${problemList(problems)}<p>Your decision is asked for: <strong>${link?.operation}</strong>${forWhom}. Nothing happens before you press a button.</p>
<form method="post" action="?">
<input type="hidden" name="token" value="${token}">
${noEnter}${inputs}${buttons}</form>`;
}

function fieldOf(name: string, { label, multiline, required }: PageField, id: string, value: string | undefined): Html {
  const isRequired = required ? html` required` : undefined;
  const input = multiline
    ? // A first line break would not be part of the text.
      html`<textarea id="${id}" name="${name}"${isRequired} rows="4">\n${value}</textarea>`
    : html`<input type="text" id="${id}" name="${name}"${isRequired} value="${value}">`;
  return html`<label for="${id}">${label}</label>\n${input}\n`;
}

function problemList(problems: readonly string[]): Html | undefined {
  if (problems.length === 0) return undefined;
  return html`<div role="alert"><ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul></div>\n`;
}
