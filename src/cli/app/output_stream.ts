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

/** What is written to a pipe in this time becomes one write: each takes the time of another thread. */
const COLLECT_MS = 100;

interface Batch {
  readonly stream: ByteStream;
  readonly parts: Uint8Array[];
  readonly onError: (error: unknown) => void;
}

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

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export async function writeToPipe(stream: ByteStream, all: Uint8Array): Promise<void> {
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
  let batches: Batch[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: Promise<void> | undefined;
  let thrown: { readonly error: unknown } | undefined;
  function writeBatches(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const batch of batches) {
      last = (last ?? Promise.resolve())
        .then(() => writeToPipe(batch.stream, concat(batch.parts)))
        .catch(batch.onError)
        .catch((error) => {
          thrown ??= { error };
        });
    }
    batches = [];
  }
  return {
    write(stream, bytes, onError) {
      // Other programs write to the terminal too; a later write could end up after theirs.
      if (stream.isTerminal()) return writeToTerminal(stream, bytes, onError);
      const batch = batches.at(-1);
      if (batch?.stream === stream) batch.parts.push(bytes);
      else batches.push({ stream, parts: [bytes], onError });
      timer ??= setTimeout(writeBatches, COLLECT_MS);
    },
    async flush() {
      writeBatches();
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
