/** Writes the complete text, syncs it to disk, and closes the file. */
export async function writeAll(
  file: Pick<Deno.FsFile, "write" | "sync" | "close">,
  text: string,
): Promise<void> {
  try {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    await file.sync();
  } finally {
    file.close();
  }
}
