/** What the tests of this room share: a terminal, an environment and a raw HTTP client. */

import type { Env, Io } from "../../src/core/system.ts";
import type { CallbackVerdict, Consent, ConsentRequest } from "../../src/consent/consent.ts";
import type { ChildCommand } from "../../src/consent/browser.ts";
import {
  type InteractiveOptions,
  type Machine,
  openInteractiveConsent,
} from "../../src/consent/interactive_consent.ts";
import type { PastePrompt } from "../../src/consent/paste_prompt.ts";

export const AUTHORIZATION_URL =
  "https://as.example/authorize?response_type=code&client_id=c1&state=s1&code_challenge=x";

export interface FakeIo extends Io {
  /** Everything written to standard error. */
  readonly written: () => string;
  /** Resolves when standard error holds `text`. */
  shown(text: string): Promise<void>;
}

export function fakeIo(terminal = true): FakeIo {
  let written = "";
  let watchers: { text: string; resolve: () => void }[] = [];
  return {
    out: () => {},
    err: (text) => {
      written += text;
      for (const watcher of watchers) if (written.includes(watcher.text)) watcher.resolve();
      watchers = watchers.filter((watcher) => !written.includes(watcher.text));
    },
    stdinIsTerminal: terminal,
    stdoutIsTerminal: terminal,
    stderrIsTerminal: terminal,
    columns: () => 80,
    readStdin: () => Promise.resolve(""),
    written: () => written,
    shown: (text) =>
      written.includes(text)
        ? Promise.resolve()
        : new Promise((resolve) => watchers.push({ text, resolve })),
  };
}

export function fakeEnv(values: Record<string, string> = {}): Env {
  return { get: (name) => values[name], toObject: () => ({ ...values }) };
}

/** A paste prompt whose lines the test gives; null is the end of input. */
export function fakePrompt(io: Io = fakeIo()): {
  prompt: PastePrompt;
  paste(line: string | null): void;
} {
  const lines: (string | null)[] = [];
  let wake = Promise.withResolvers<void>();
  return {
    prompt: {
      async read(objection, signal) {
        const aborted = Promise.withResolvers<never>();
        const onAbort = () => aborted.reject(signal.reason);
        if (signal.aborted) onAbort();
        signal.addEventListener("abort", onAbort);
        try {
          for (;;) {
            const line = lines.shift();
            if (line === null) return false;
            if (line === undefined) {
              await Promise.race([wake.promise, aborted.promise]);
              wake = Promise.withResolvers();
              continue;
            }
            const why = objection(line);
            if (why === null) return true;
            io.err(`${why}\n`);
          }
        } finally {
          signal.removeEventListener("abort", onAbort);
        }
      },
      around: (write) => write(),
    },
    paste(line) {
      lines.push(line);
      wake.resolve();
    },
  };
}

/** A plain Linux desktop on which nothing is real but the sockets. */
export function desktop(parts: Partial<Machine> = {}): Partial<Machine> {
  return {
    os: "linux",
    readText: () => null,
    spawn: () => Promise.resolve(0),
    prompt: () => fakePrompt().prompt,
    ...parts,
  };
}

export function interactiveOptions(
  parts: Partial<InteractiveOptions> = {},
): InteractiveOptions {
  return {
    serverUrl: "https://mcp.example/mcp",
    io: fakeIo(),
    env: fakeEnv({ DISPLAY: ":0" }),
    noInput: false,
    printUrl: false,
    command: { line: "mcpass oauth login --url https://mcp.example/mcp" },
    machine: desktop(),
    ...parts,
  };
}

/** Opens consent, runs `body`, and closes whatever happened. */
export async function withConsent(
  options: InteractiveOptions,
  body: (consent: Consent, port: number) => Promise<void>,
): Promise<void> {
  const consent = await openInteractiveConsent(options);
  try {
    await body(consent, Number(new URL(consent.redirectUri).port));
  } finally {
    await consent.close();
  }
}

/** A request whose judge takes `state=s1` and leaves a trace of what it was asked. */
export function consentRequest(
  parts: Partial<ConsentRequest> = {},
): ConsentRequest & { readonly judged: string[] } {
  const judged: string[] = [];
  return {
    authorizationUrl: AUTHORIZATION_URL,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    judge(parameters, bare): CallbackVerdict {
      judged.push(`${bare ? "bare " : ""}${JSON.stringify(parameters)}`);
      return bare || parameters.some(([name, value]) => name === "state" && value === "s1")
        ? "accept"
        : "ignore";
    },
    judged,
    ...parts,
  };
}

/** True for a response that is complete; the server need not close the connection after it. */
function isComplete(response: string, isHead: boolean): boolean {
  const [head = "", ...body] = response.split("\r\n\r\n");
  if (body.length === 0) return false;
  const length = Number(/^content-length: (\d+)$/mi.exec(head)?.[1]);
  return isHead || new TextEncoder().encode(body.join("\r\n\r\n")).length >= length;
}

/** Sends bytes as they are and reads the response; what there is of it when the connection ends. */
export async function raw(port: number, text: string, hostname = "127.0.0.1"): Promise<string> {
  using connection = await Deno.connect({ hostname, port });
  let response = "";
  try {
    const bytes = new TextEncoder().encode(text);
    let sent = 0;
    while (sent < bytes.length) sent += await connection.write(bytes.subarray(sent));
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(4096);
    while (!isComplete(response, text.startsWith("HEAD "))) {
      const count = await connection.read(buffer);
      if (count === null) break;
      response += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  } catch {
    // The server ended the connection.
  }
  return response;
}

/** A GET as a browser would send it. */
export function get(
  port: number,
  target: string,
  host = `127.0.0.1:${port}`,
  hostname = "127.0.0.1",
): Promise<string> {
  return raw(
    port,
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`,
    hostname,
  );
}

/** Status of a raw response. */
export function status(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1]);
}

/** Records what would have been started. */
export function recordingSpawn(
  outcome: (command: ChildCommand) => Promise<number>,
): { spawn: Machine["spawn"]; started: ChildCommand[] } {
  const started: ChildCommand[] = [];
  return {
    started,
    spawn: (command) => {
      started.push(command);
      return outcome(command);
    },
  };
}
