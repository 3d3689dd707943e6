/** Markup as `html` makes it. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: text becomes harmless, markup of `html` stays, lists are put together, nothing is nothing. */
export type HtmlPart = string | number | Html | false | null | undefined | readonly HtmlPart[];

/**
 * Text for a page: what would be markup becomes harmless.
 * @example escapeHtml('<b>"x"</b>') // => '&lt;b&gt;&quot;x&quot;&lt;/b&gt;'
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&${ENTITIES[character]};`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };

/**
 * A template that nobody can inject into: every value is escaped. Attributes need quotes.
 *
 * @throws TypeError for an attribute without quotes, and for a value that is no text
 * @example String(html`<p title="${'"'}">${'<b>'}${html`<br>`}</p>`) // => '<p title="&quot;">&lt;b&gt;<br></p>'
 */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = '';
  for (const [index, text] of texts.entries()) {
    markup += text;
    if (index === parts.length) break;
    if (/<[^>]*=\s*$/.test(markup)) {
      throw new TypeError('html: an attribute needs quotes around its value: title="..."');
    }
    markup += textOf(parts[index]);
  }
  return new Html(markup);
}

function textOf(part: unknown): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (Array.isArray(part)) return part.map(textOf).join('');
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  throw new TypeError(`html: a value must be a text, a number, markup or a list of them; got ${typeof part}`);
}
