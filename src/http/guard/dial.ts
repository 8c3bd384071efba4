/** A TCP connection to one of several addresses. @module */

/** RFC 8305 §8. */
const NEXT_ADDRESS_MS = 250;

/**
 * Connects to the first address that accepts. The next one is tried when one has failed or has been
 * silent for a while. At most one connection is left open.
 *
 * @throws The error of the last address; the signal's reason when it was aborted.
 */
export async function connectToFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const { promise, resolve, reject } = Promise.withResolvers<Deno.TcpConn>();
  const ended = new AbortController();
  const remaining = addresses.values();
  let pending = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: unknown = new Error("there is no address to connect to");

  async function tryNext(): Promise<void> {
    clearTimeout(timer);
    if (ended.signal.aborted) return;
    const { value: hostname, done } = remaining.next();
    if (done) return pending === 0 ? reject(last) : undefined;
    pending += 1;
    timer = setTimeout(tryNext, NEXT_ADDRESS_MS);
    try {
      const conn = await Deno.connect({ hostname, port, signal: ended.signal });
      if (ended.signal.aborted) return conn.close();
      ended.abort();
      resolve(conn);
    } catch (error) {
      last = error;
      pending -= 1;
      await tryNext();
    }
  }

  const onAbort = () => {
    reject(signal.reason);
    ended.abort();
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  else tryNext();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
