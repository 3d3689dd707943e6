import { describe, expect, it } from '@jest/globals';
import { type HtmlPart, html } from './html.ts';

describe('html', () => {
  it.each<[string, HtmlPart, string]>([
    ['text', `<b a="b" c='d'>&</b>`, '&lt;b a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;&lt;/b&gt;'],
    ['what was escaped once', '&lt;', '&amp;lt;'],
    ['a number', 7, '7'],
    ['nothing', undefined, ''],
    ['no text', false, ''],
    ['a list', ['<', html`<i>${'>'}</i>`, [null, 1]], '&lt;<i>&gt;</i>1'],
    ['markup', html`<br>`, '<br>'],
  ])('shows %s', (_what, part, shown) => {
    expect(String(html`<p title="${part}">${part}</p>`)).toBe(`<p title="${shown}">${shown}</p>`);
  });

  it('refuses a value where quotes would be needed', () => {
    expect(() => html`<a title=${'x onload=alert(1)'}>`).toThrow('needs quotes');
    expect(() => html`<a title= ${'x'}>`).toThrow('needs quotes');
    expect(() => html`<a title="${'x'}" href=${'x'}>`).toThrow('needs quotes');
    expect(String(html`<b>a</b> = ${1}`)).toBe('<b>a</b> = 1');
  });

  it.each([{}, { toString: () => '<b>' }, true, 1n, Symbol('x')])('refuses what is no text: %p', (part) => {
    expect(() => html`${part as never}`).toThrow('must be a text');
  });
});
