/** A file that is open for writing: as `Deno.FsFile` has it. */
interface WritableFile {
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): void;
}

/** Writes a complete text, has it on the disk, and closes the file. */
export async function writeAll(file: WritableFile, text: string): Promise<void> {
  try {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    await file.sync();
  } finally {
    file.close();
  }
}
