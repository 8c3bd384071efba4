/** Looking up the addresses of a name. @module */

/** Looks up the addresses of a host name. @throws An error that is classified as `dns` without any. */
export type NameLookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** `getaddrinfo`: hosts file, DNS, VPN and mDNS. */
export async function systemLookup(name: string, signal: AbortSignal): Promise<readonly string[]> {
  // Otherwise Deno 2.6 prints a deprecation of another module.
  const { default: process } = await import("node:process");
  Object.assign(process, { noDeprecation: true });
  const { lookup } = await import("node:dns/promises");
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    const answers = await Promise.race([lookup(name, { all: true }), aborted.promise]);
    return [...new Set(answers.map(({ address }) => address))];
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to lookup address information: ${reason}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
