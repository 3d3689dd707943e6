const TWO_POW_53 = 2 ** 53;

/** Values that are the same on every replay: derived from the execution, the context, and how often it was asked. */
export class Seeded {
  readonly #seed: string;
  #calls = 0;

  constructor(arn: string, contextId: string) {
    this.#seed = `${arn} ${contextId}`;
  }

  /** From 0 up to 1, with 53 random bits. */
  random(): number {
    return Number(BigInt(`0x${this.#next()}`) >> 203n) / TWO_POW_53;
  }

  /** A UUID of version 8: made by a scheme of our own, not random. */
  uuid(): string {
    const hex = this.#next();
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  #next(): string {
    return sha256(`${this.#seed} ${++this.#calls}`);
  }
}

/** Hex digits of the SHA-256 of a text. node:crypto is loaded when it is first needed, not at import. */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').hash('sha256', text, 'hex');
}
