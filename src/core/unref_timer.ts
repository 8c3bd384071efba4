/** Timers that do not keep the process alive. @module */

/** In the executable a timer is an object of Node's kind, elsewhere a number. */
export function unrefTimer(timer: number | { unref(): unknown }): void {
  if (typeof timer === "number") Deno.unrefTimer(timer);
  else timer.unref();
}
