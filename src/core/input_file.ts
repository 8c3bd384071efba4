/** The file is of a kind or size that mcpass does not read; the message says why. */
export class UnsupportedFile extends Error {}

const REASONS: readonly (readonly [new () => Error, string])[] = [
  [Deno.errors.NotFound, "there is no such file"],
  [Deno.errors.PermissionDenied, "permission denied"],
  [Deno.errors.IsADirectory, "it is a folder"],
];

/** Why a file could not be read; undefined for other errors, whose messages may have its path. */
export function unreadableReason(error: unknown): string | undefined {
  if (error instanceof UnsupportedFile) return error.message;
  return REASONS.find(([kind]) => error instanceof kind)?.[1];
}

export const MAX_INPUT_BYTES: number = 64 * 1024 * 1024;

/** The path that a shell passes for `<(program)`. */
const INHERITED = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/** The runtime cannot open the paths among these names. */
export function isStandardInput(path: string): boolean {
  return ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].includes(path);
}

/**
 * Reads the bytes of a regular file, or of a pipe that the program was started with: a named pipe may
 * wait for a writer forever, and a device may never end.
 *
 * @param onOpen Called after opening and before reading; may throw.
 * @throws UnsupportedFile for another kind of file and a larger one; otherwise as `Deno.open`.
 */
export async function readInputFile(
  path: string,
  onOpen: (info: Deno.FileInfo) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, isFifo } = await Deno.stat(path);
  if (isDirectory) throw new Deno.errors.IsADirectory();
  if (!isFile && !(isFifo === true && INHERITED.test(path))) {
    throw new UnsupportedFile("it is not a regular file");
  }
  using file = await Deno.open(path);
  onOpen(await file.stat());
  return await readLimited(file.readable);
}

/** {@link readInputFile} as text. */
export async function readInputText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInputFile(path));
}

/** @throws UnsupportedFile when the stream has more bytes. */
export async function readLimited(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxBytes = MAX_INPUT_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new UnsupportedFile(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
    }
    chunks.push(chunk);
  }
  return await new Blob(chunks).bytes();
}
