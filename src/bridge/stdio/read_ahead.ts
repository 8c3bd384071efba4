/** Reads before there is room for more messages. @module */

/** Bytes that are read ahead: the end may be behind them. */
const READ_AHEAD = 64 * 1024;

/** The same chunks; the end is seen while a message before it waits for the server. */
export async function* readAhead(
  input: AsyncIterable<Uint8Array>,
  onEnd: () => void,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let end: { readonly error?: unknown } | undefined;
  let changed = Promise.withResolvers<void>();

  function change(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function read(): Promise<void> {
    for await (const chunk of input) {
      chunks.push(chunk);
      length += chunk.length;
      change();
      while (length >= READ_AHEAD) await changed.promise;
    }
    onEnd();
  }

  void read().then(() => end = {}, (error) => end = { error }).finally(change);
  for (;;) {
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      length -= chunk.length;
      change();
      yield chunk;
    } else if (end === undefined) await changed.promise;
    else if ("error" in end) throw end.error;
    else return;
  }
}
