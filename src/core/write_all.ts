/** Writes everything, syncs it to disk, and closes the file. */
export async function writeAll(
  file: Pick<Deno.FsFile, "write" | "sync" | "close">,
  content: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  try {
    let bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    await file.sync();
  } finally {
    file.close();
  }
}
