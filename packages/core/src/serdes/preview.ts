import { checkOptions } from '../validation.ts';

/** What the name of a {@link PreviewField} is compared with. */
export const FieldMatchMode = {
  /** Any name on the way to the value: the name holds at every depth, with all that is below it. The default. */
  ANYWHERE: 'ANYWHERE',
  /** The whole way from the root: `user.email`. */
  PATH: 'PATH',
} as const;
export type FieldMatchMode = (typeof FieldMatchMode)[keyof typeof FieldMatchMode];
export declare namespace FieldMatchMode {
  type ANYWHERE = 'ANYWHERE';
  type PATH = 'PATH';
}

/** Which fields are visible that no list names. */
export const PreviewMode = {
  /** All, but for what `exclude` names. */
  INCLUDE_ALL: 'INCLUDE_ALL',
  /** None: only what `include` or `mask` names is shown. */
  EXCLUDE_ALL: 'EXCLUDE_ALL',
} as const;
export type PreviewMode = (typeof PreviewMode)[keyof typeof PreviewMode];
export declare namespace PreviewMode {
  type INCLUDE_ALL = 'INCLUDE_ALL';
  type EXCLUDE_ALL = 'EXCLUDE_ALL';
}

/** Names fields of a value. */
export interface PreviewField {
  /** A name, or names with dots between them. Indexes of arrays do not count. */
  name: string;
  /** Default: `FieldMatchMode.ANYWHERE`. */
  match?: FieldMatchMode | undefined;
}

/** What {@link buildPreview} shows. */
export interface PreviewConfig {
  mode: PreviewMode;
  /** Shown in mode `EXCLUDE_ALL`. */
  include?: PreviewField[] | undefined;
  /** Never shown, with all that is below it: stronger than the other lists. */
  exclude?: PreviewField[] | undefined;
  /** Shown as `maskString`, whatever stands there, in either mode. */
  mask?: PreviewField[] | undefined;
  /** Default: `***`. */
  maskString?: string | undefined;
  /** Longest preview, in bytes of its JSON. What would exceed it, and all after it, is left out. Default: 4096. */
  maxPreviewBytes?: number | undefined;
}

const DEFAULT_MAX_BYTES = 4096;
const UNSAFE = ['__proto__', 'constructor', 'prototype'];
/** Deeper values are not looked at: nobody reads them in a preview, and the walk must end. */
const MAX_DEPTH = 100;

/**
 * A small readable extract of a value, for the console, with secrets masked or left out. Fields come in the order of the
 * value. Elements of an array are merged into one object in its place, the later over the earlier; elements that are no
 * objects, and what JSON can't hold, are not shown. Names with a dot in them are never shown. A BigInt is shown as text.
 *
 * @returns `undefined` for what is no object and when nothing is left to show
 * @throws TypeError for an option that can't be right
 * @example
 * const order = { id: 'o-7', card: { number: '4111', owner: 'Ann' }, token: 'secret' };
 * const config = { mode: PreviewMode.INCLUDE_ALL, mask: [{ name: 'number' }], exclude: [{ name: 'token' }] };
 * buildPreview(order, config) // => { id: 'o-7', card: { number: '***', owner: 'Ann' } }
 */
export function buildPreview(value: unknown, config: PreviewConfig): Record<string, unknown> | undefined {
  checkOptions({ mode: config?.mode ?? '' }, { mode: Object.values(PreviewMode) }, 'buildPreview');
  if (typeof value !== 'object' || value === null) return undefined;
  const preview = new Preview(config);
  preview.add(value, []);
  return Object.keys(preview.fields).length > 0 ? preview.fields : undefined;
}

type Fields = Record<string, unknown>;

class Preview {
  readonly fields: Fields = {};
  readonly #config: PreviewConfig;
  /** Objects on the way to the current one: a circle is not followed. */
  readonly #around = new Set<object>();
  /** Never less than what the JSON of `fields` would take: the dotted path counts in full, as in the official SDK. */
  #bytes = 2;
  #full = false;

  constructor(config: PreviewConfig) {
    this.#config = config;
  }

  /** @param path names from the root to `holder`; elements of an array share the array's */
  add(holder: object, path: readonly string[]): void {
    if (this.#around.has(holder) || this.#around.size >= MAX_DEPTH || ArrayBuffer.isView(holder)) return;
    this.#around.add(holder);
    if (Array.isArray(holder)) {
      for (const element of holder) if (!this.#full && isObject(element)) this.add(element, path);
    } else {
      for (const name of Object.keys(holder)) {
        if (this.#full) break;
        if (!name.includes('.') && !UNSAFE.includes(name)) this.#field((holder as Fields)[name], [...path, name]);
      }
    }
    this.#around.delete(holder);
  }

  #field(value: unknown, path: readonly string[]): void {
    const { mode, include, exclude, mask, maskString = '***' } = this.#config;
    if (matches(exclude, path)) return;
    const masked = matches(mask, path);
    const shown = masked ? maskString : jsonValue(value);
    if (isObject(shown)) this.add(shown, path);
    else if (masked || mode === 'INCLUDE_ALL' || matches(include, path)) this.#emit(shown, path);
  }

  #emit(leaf: unknown, path: readonly string[]): void {
    const text = JSON.stringify(leaf);
    if (text === undefined) return; // JSON has no text for it: undefined, a function, a symbol.
    const missing: string[] = [];
    let holder = this.fields;
    for (const name of path.slice(0, -1)) {
      if (missing.length === 0 && isObject(holder[name])) holder = holder[name] as Fields;
      else missing.push(name);
    }
    const bytes = Buffer.byteLength(JSON.stringify(path.join('.')) + text) + 2 + 4 * missing.length;
    if (this.#bytes + bytes > (this.#config.maxPreviewBytes ?? DEFAULT_MAX_BYTES)) {
      this.#full = true;
      return;
    }
    this.#bytes += bytes;
    for (const name of missing) {
      const inner: Fields = {};
      holder[name] = inner;
      holder = inner;
    }
    holder[path.at(-1) as string] = leaf;
  }
}

function matches(fields: readonly PreviewField[] | undefined, path: readonly string[]): boolean {
  return (fields ?? []).some(({ name, match }) => (match === 'PATH' ? path.join('.') === name : path.includes(name)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What JSON makes of a value: the text of a date. */
function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  const { toJSON } = isObject(value) ? (value as { toJSON?: unknown }) : {};
  return typeof toJSON === 'function' ? toJSON.call(value) : value;
}
