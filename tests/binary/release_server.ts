/**
 * The files of a release on loopback, and what can be wrong with them.
 *
 * @module
 */

/** What the server does wrong. */
export type ReleaseFault = "checksum" | "cut" | "missing" | "unlisted" | "redirect";

/** A running server. */
export interface ReleaseServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: the URL of the release's files. */
  readonly origin: string;
  /** Its SHA256SUMS. */
  readonly sums: string;
  /** Serves one more file. */
  add(name: string, text: string): void;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
}

/** How much of a file is sent before the connection is cut. */
const CUT_AFTER = 40;

async function pathAsked(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const count = await conn.read(buffer);
    if (count === null) return "";
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return / \/(\S+) /.exec(text)?.[1] ?? "";
}

/** Serves an archive under its name, and the list of hashes. */
export async function serveRelease(
  archive: string,
  bytes: Uint8Array<ArrayBuffer>,
  fault?: ReleaseFault,
): Promise<ReleaseServer> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const sum = fault === "checksum" ? "0".repeat(64) : digest;
  const name = fault === "unlisted" ? `${archive}.other` : archive;
  const sums = `${sum}  ${name}\n`;
  const files: Record<string, Uint8Array> = {
    SHA256SUMS: new TextEncoder().encode(sums),
    ...(fault === "missing" ? {} : { [archive]: bytes }),
  };
  const asked: string[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      const wanted = await pathAsked(conn);
      asked.push(wanted);
      const leaves = fault === "redirect" && wanted === archive;
      const body = leaves ? undefined : files[wanted.replace(/^moved\//, "")];
      const status = leaves
        ? `302 Found\r\nlocation: http://127.0.0.1:${listener.addr.port}/moved/${archive}`
        : body === undefined
        ? "404 Not Found"
        : "200 OK";
      const head = `HTTP/1.1 ${status}\r\ncontent-length: ${
        body?.length ?? 0
      }\r\nconnection: close\r\n\r\n`;
      const writer = conn.writable.getWriter();
      const cut = fault === "cut" && wanted === archive ? CUT_AFTER : undefined;
      try {
        await writer.write(new TextEncoder().encode(head));
        await writer.write(body?.slice(0, cut) ?? new Uint8Array());
        await writer.close();
      } catch {
        // The client has seen enough.
      }
    }
  })();
  return {
    origin: `http://127.0.0.1:${listener.addr.port}`,
    sums,
    add(name, text) {
      files[name] = new TextEncoder().encode(text);
    },
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}
