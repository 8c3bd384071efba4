/**
 * Libraries may not write to the terminal: stdout carries one result, and what they print may hold
 * secrets.
 * @module
 */

const WRITERS = ["log", "debug", "info", "warn", "error", "trace", "dir", "table"] as const;

/** Makes the writers of `scope.console` do nothing. */
export function quietConsole(scope: { readonly console: object }): void {
  const silent = WRITERS.map((name) => [name, () => {}] as const);
  Object.assign(scope.console, Object.fromEntries(silent));
}
