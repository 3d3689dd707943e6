// The runtime interface client finds no TypeScript by itself; this is the module that it loads.
export const handlers = await import(new URL(`./handlers/${process.env.HANDLER_FILE}`, import.meta.url).href);
