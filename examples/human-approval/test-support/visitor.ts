import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

/** Somebody who opens links and presses buttons. */
export interface Visitor {
  /** How: in which browser, or why not in one. */
  readonly how: string;
  open(url: string): Promise<OpenPage>;
  close(): Promise<void>;
}

/** A visitor who has a real page, and can do with it what only a browser can. */
export interface BrowserVisitor extends Visitor {
  open(url: string): Promise<BrowserPage>;
}

/** A page as its reader sees it. */
export interface OpenPage {
  heading(): Promise<string>;
  /** Names of the buttons. */
  buttons(): Promise<string[]>;
  /** Writes into the field of that label. */
  write(label: string, text: string): Promise<void>;
  /** Presses the button of that name, and waits for the page that follows. */
  press(button: string): Promise<void>;
  /** What the browser complained about: scripts and styles that were not allowed, requests that failed. */
  complaints(): string[];
}

export interface BrowserPage extends OpenPage {
  /** What is in the way of somebody who can't see it, or not well, or has no mouse: rules of WCAG that axe-core finds broken. */
  barriers(): Promise<string[]>;
  /** As the system asks for it. */
  paint(scheme: 'light' | 'dark'): Promise<void>;
  /** Presses a key where the focus is. */
  type(key: string): Promise<void>;
  /** Presses the button that has the focus by Enter, and waits for the page that follows. */
  pressFocused(): Promise<void>;
  /** The name of what has the focus, and whether that can be seen. */
  focused(): Promise<{ name: string; isMarked: boolean }>;
}

/** Debian's, and whatever the environment names. */
const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell'];

/**
 * A visitor in a headless Chromium, and one that does the same over HTTP: that one is alone where no Chromium can start, and there
 * it has to work. Never fails.
 */
export async function newVisitors(): Promise<Visitor[]> {
  try {
    const browser = await startChromium();
    return [inChromium(browser), overHttp('over HTTP')];
  } catch (error) {
    const [why] = String((error as Error).message).split('\n');
    return [overHttp(`over HTTP, since no Chromium starts here (${why})`)];
  }
}

async function startChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const { CHROMIUM } = process.env;
  const installed = CHROMIUM ?? INSTALLED.find((file) => existsSync(file));
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: ['--no-sandbox'] });
  const { default: carried, inflate } = await import('@sparticuz/chromium');
  const executablePath = await carried.executablePath();
  const launch = (env: NodeJS.ProcessEnv): Promise<Browser> =>
    chromium.launch({ executablePath, args: carried.args, env: env as Record<string, string> });
  return launch(process.env).catch(async () => {
    // A plain Debian lacks libraries that the package carries for Lambda.
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
    const libraries = await inflate(join(dirname(entry), '../bin/al2023.tar.br'));
    return launch({ ...process.env, LD_LIBRARY_PATH: join(libraries, 'lib') });
  });
}

export function isInBrowser(visitor: Visitor): visitor is BrowserVisitor {
  return visitor.how.startsWith('in Chromium');
}

function inChromium(browser: Browser): BrowserVisitor {
  return {
    how: `in Chromium ${browser.version()}`,
    close: () => browser.close(),
    async open(url) {
      const page: Page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url);
      return {
        heading: () => page.getByRole('heading', { level: 1 }).innerText(),
        buttons: () => page.getByRole('button').allInnerTexts(),
        write: (label, text) => page.getByLabel(label).fill(text),
        async press(button) {
          await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: button }).click()]);
        },
        complaints: () => complaints,
        barriers: () => barriersOf(page),
        paint: (colorScheme) => page.emulateMedia({ colorScheme }),
        type: (key) => page.keyboard.press(key),
        async pressFocused() {
          await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
        },
        focused: () => page.evaluate(FOCUSED),
      };
    },
  };
}

/** Runs in the page. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const name = at?.labels?.[0]?.textContent ?? at?.textContent ?? '';
  return { name, isMarked: at !== null && parseFloat(getComputedStyle(at).outlineWidth) >= 2 };
})()`;

async function barriersOf(page: Page): Promise<string[]> {
  // Evaluated from outside: the page itself allows no script.
  await page.evaluate((await import('axe-core')).default.source);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

function overHttp(how: string): Visitor {
  return {
    how,
    close: async () => {},
    async open(url) {
      let at = url;
      let html = await (await fetch(at)).text();
      const filled = new Map<string, string>();
      return {
        heading: async () => /<h1>([^<]*)<\/h1>/.exec(html)?.[1] ?? '',
        buttons: async () =>
          [...html.matchAll(/<button (?![^>]*\bhidden\b)[^>]*>([^<]*)</g)].map(([, text = '']) => text),
        async write(label, text) {
          const id = new RegExp(`<label for="([^"]*)">${label}<`).exec(html)?.[1];
          const name = new RegExp(`id="${id}" name="([^"]*)"`).exec(html)?.[1];
          if (name === undefined) throw new Error(`The page has no field ${label}.`);
          filled.set(name, text);
        },
        async press(button) {
          const [, name = '', value = ''] =
            new RegExp(`<button [^>]*name="(\\w+)" value="([^"]*)">${button}<`).exec(html) ?? [];
          if (name === '') throw new Error(`The page has no button ${button}.`);
          const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
          const body = new URLSearchParams(hidden.map(([, key = '', text = '']): [string, string] => [key, text]));
          for (const [key, text] of filled) body.set(key, text);
          body.set(name, value);
          at = new URL(/<form [^>]*action="([^"]*)"/.exec(html)?.[1] ?? '', at).href;
          html = await (await fetch(at, { method: 'POST', body, headers: { accept: 'text/html' } })).text();
        },
        complaints: () => [],
      };
    },
  };
}
