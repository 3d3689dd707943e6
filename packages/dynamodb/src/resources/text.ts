/** A text, or an intrinsic of CloudFormation that stands for one: `{ Ref: 'Table' }`. */
export type Text = string | { readonly [intrinsic: string]: unknown };

/** One text of several. `Fn::Join` and not `Fn::Sub`: the Serverless Framework takes `${...}` for its own. */
export function join(...parts: readonly Text[]): Text {
  const flat: Text[] = [];
  for (const part of parts.flatMap(piecesOf)) {
    const last = flat.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') flat[flat.length - 1] = last + part;
    else flat.push(part);
  }
  const [only = ''] = flat;
  return flat.length > 1 ? { 'Fn::Join': ['', flat] } : only;
}

/** Pieces of a text that `join` made, so that joins don't nest. */
function piecesOf(text: Text): readonly Text[] {
  const joined = typeof text === 'string' ? undefined : text['Fn::Join'];
  if (!Array.isArray(joined) || joined[0] !== '' || !Array.isArray(joined[1])) return [text];
  return joined[1];
}

export function isIntrinsic(value: unknown): value is Exclude<Text, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && /^(Ref|Fn::[A-Za-z0-9]+)$/.test(names[0] ?? '');
}
