/**
 * The module node:util. Not imported: as an ES module it brings all its lazy parts, which takes a cold start more than a
 * millisecond.
 */
export const util: typeof import('node:util') = /* @__PURE__ */ process.getBuiltinModule('node:util');
