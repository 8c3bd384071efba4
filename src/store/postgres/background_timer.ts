/**
 * Lets the program end although the timer runs. Where code of npm is in the same file of the bundle,
 * `setTimeout` is the one of Node, whose timers are objects.
 */
export function unref(timer: unknown): void {
  if (typeof timer === "number") Deno.unrefTimer(timer);
  else (timer as { unref(): void }).unref();
}
