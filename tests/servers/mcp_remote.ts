/** `mcp-remote` as a client starts it: MCP messages on standard input and output. @module */

const AUTHORIZATION_URL = /visiting:\s+(\S+)\s/g;

/** A running mcp-remote. It ends with its standard input. */
export interface McpRemote extends AsyncDisposable {
  /** Sends a request, and returns the response. */
  request(method: string, params?: object): Promise<{ readonly result?: unknown }>;
  /** Waits until it asks a person to sign in for the n-th time. */
  authorizationUrl(count?: number): Promise<string>;
}

/** Reads a stream to its end; `until` returns the first value that is found in what was read so far. */
function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let text = "";
  let more = Promise.withResolvers<boolean>();
  const ended = (async () => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      more.resolve(true);
      more = Promise.withResolvers();
    }
    more.resolve(false);
  })();
  const until = async <T>(find: (text: string) => T | undefined): Promise<T | undefined> => {
    for (;;) {
      const found = find(text);
      if (found !== undefined || !await more.promise) return found;
    }
  };
  return { ended, until, text: () => text };
}

/** @param folder For its files, `MCP_REMOTE_CONFIG_DIR`. */
export function startMcpRemote(serverUrl: string, folder: string): McpRemote {
  const program = import.meta.resolve("./mcp_remote_program.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", program, serverUrl],
    // Without a display and a path it starts no browser.
    env: {
      MCP_REMOTE_CONFIG_DIR: folder,
      NO_COLOR: "1",
      DISPLAY: "",
      WAYLAND_DISPLAY: "",
      PATH: "",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const input = child.stdin.getWriter();
  let id = 0;
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const orFailed = <T>(found: T | undefined): T => {
    if (found === undefined) throw new Error(`mcp-remote has ended: ${err.text()}`);
    return found;
  };
  return {
    async request(method, params = {}) {
      const request = { jsonrpc: "2.0", id: ++id, method, params };
      await input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
      return orFailed(
        await out.until((text) =>
          text.split("\n").slice(0, -1).map((line) => JSON.parse(line))
            .find((message) => message.id === request.id)
        ),
      );
    },
    async authorizationUrl(count = 1) {
      return orFailed(
        await err.until((text) => [...text.matchAll(AUTHORIZATION_URL)][count - 1]?.[1]),
      );
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill("SIGTERM");
      await Promise.allSettled([input.close(), child.status, out.ended, err.ended]);
    },
  };
}

/** The parameters of the first request of a client. */
export const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "test", version: "1" },
};
