/**
 * A network in which some addresses never answer, not even with a refusal.
 *
 * @module
 */

/** What was asked of the network. */
export interface SilentNetwork extends Disposable {
  /** Every address that was tried, in order. */
  readonly tried: readonly string[];
  /** Silent addresses whose attempt was ended. */
  readonly ended: readonly string[];
}

/** Makes `Deno.connect` wait for an answer of the `silent` addresses; others are really connected to. */
export function silentNetwork(silent: readonly string[]): SilentNetwork {
  const { connect } = Deno;
  const tried: string[] = [];
  const ended: string[] = [];
  Object.assign(Deno, {
    connect(options: Deno.ConnectOptions) {
      const { hostname = "", signal } = options;
      tried.push(hostname);
      if (!silent.includes(hostname)) return connect(options);
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => {
          ended.push(hostname);
          reject(signal.reason);
        })
      );
    },
  });
  return { tried, ended, [Symbol.dispose]: () => void Object.assign(Deno, { connect }) };
}
