/**
 * Undoing the content coding of a body that arrived whole.
 *
 * @module
 */

/** Content codings that are undone here; a server that was asked for none may still use one. */
const CODINGS: ReadonlyMap<string, CompressionFormat> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);

/** What undoes the coding that a `Content-Encoding` names; undefined when nothing has to be done. */
export function decompression(contentEncoding: string | null): DecompressionStream | undefined {
  const format = CODINGS.get((contentEncoding ?? "").trim().toLowerCase());
  return format === undefined ? undefined : new DecompressionStream(format);
}

/**
 * The content of a body.
 *
 * @returns `null` when it is larger than `limit`; the body itself when its coding is unknown or
 * broken.
 */
export async function contentOf(
  body: Uint8Array<ArrayBuffer>,
  contentEncoding: string | null,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const transform = decompression(contentEncoding);
  if (transform === undefined) return body;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for await (const chunk of new Blob([body]).stream().pipeThrough(transform)) {
      bytes += chunk.byteLength;
      if (bytes > limit) return null;
      chunks.push(chunk);
    }
  } catch {
    return body;
  }
  return await new Blob(chunks).bytes();
}
