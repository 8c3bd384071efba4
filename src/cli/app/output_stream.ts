/**
 * Writes to standard output and standard error. Nobody may read a pipe, and a blocking write would then
 * prevent mcpass from handling signals. So only writes to a terminal block.
 * @module
 */

type ByteStream = Pick<typeof Deno.stdout, "write" | "writeSync" | "isTerminal">;

/** Writes both streams in the order of the calls. */
interface Output {
  /** Writes to a terminal, or begins to write to anything else. */
  write(stream: ByteStream, bytes: Uint8Array, onError: (error: unknown) => void): void;
  /** Waits for all writes; throws the first error that `onError` threw. */
  flush(): Promise<void>;
}

const RETRY_MS = 20;

function writeToTerminal(
  stream: ByteStream,
  all: Uint8Array,
  onError: (error: unknown) => void,
): void {
  let bytes = all;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(stream.writeSync(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) return onError(error);
    }
  }
}

async function writeToPipe(stream: ByteStream, all: Uint8Array): Promise<void> {
  let bytes = all;
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(await stream.write(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

export function openOutput(): Output {
  let last: Promise<void> | undefined;
  let thrown: { readonly error: unknown } | undefined;
  return {
    write(stream, bytes, onError) {
      // Other programs write to the terminal too; a later write could end up after theirs.
      if (stream.isTerminal()) return writeToTerminal(stream, bytes, onError);
      last = (last ?? Promise.resolve())
        .then(() => writeToPipe(stream, bytes))
        .catch(onError)
        .catch((error) => {
          thrown ??= { error };
        });
    },
    async flush() {
      for (let ending = last; ending !== undefined; ending = last === ending ? undefined : last) {
        await ending;
      }
      last = undefined;
      if (thrown === undefined) return;
      const { error } = thrown;
      thrown = undefined;
      throw error;
    },
  };
}
