/** Lines of a byte stream. @module */

/** Lines without their ends, and without empty ones. */
export async function* readLines(input: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.replace(/\r$/, "");
      if (line.trim() !== "") yield line;
    }
  }
  if (rest.trim() !== "") yield rest;
}
