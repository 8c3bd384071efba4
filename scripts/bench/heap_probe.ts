/** Loaded before a program that runs with `--expose-gc`: writes the heap after a collection. @module */

const EVERY_MS = 5000;

const { gc } = globalThis as unknown as { readonly gc: () => void };

Deno.unrefTimer(setInterval(() => {
  gc();
  Deno.stderr.writeSync(new TextEncoder().encode(`heap ${Deno.memoryUsage().heapUsed}\n`));
}, EVERY_MS));
