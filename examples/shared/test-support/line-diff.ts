/** What turns one text into another, as a diff's lines: `-` and `+`, each change together. */
export interface LineDiff {
  removed: string[];
  added: string[];
  /** The lines that are the same are left out, but for an empty one between changes. */
  text: string;
}

/** Compares line by line, keeping as many lines as possible. */
export function lineDiff(before: string, after: string): LineDiff {
  const [a, b] = [before.split('\n'), after.split('\n')];
  // common[i][j]: how many lines can be kept of those from i and from j on.
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (common[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const changes: string[][] = [[]];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && a[i] === b[j]) {
      if (changes.at(-1)?.length) changes.push([]);
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) changes.at(-1)?.push(`-${a[i++]}`);
    else changes.at(-1)?.push(`+${b[j++]}`);
  }
  const lines = changes.flat();
  const marked = (mark: string): string[] => lines.filter((line) => line[0] === mark).map((line) => line.slice(1));
  const text = changes.filter((change) => change.length > 0).map((change) => change.join('\n'));
  return { removed: marked('-'), added: marked('+'), text: text.join('\n\n') };
}
