/** `mcpass bridge --listen` in this process. @module */

import { type Ran, run, type Setup } from "../../cli/fake_runtime.ts";

export interface RunningListener extends AsyncDisposable {
  /** What it printed, as URLs by name; of one server, the name is empty. */
  readonly urls: ReadonlyMap<string, string>;
  /** The only URL. */
  readonly url: string;
  readonly port: number;
  /** As by SIGTERM. */
  stop(): Promise<Ran>;
  /** Settles when the command has ended. */
  readonly ended: Promise<Ran>;
}

/** @param home Where sign-ins are stored. */
export async function startListener(
  args: readonly string[],
  { home = "/nonexistent", ...setup }: Setup & { readonly home?: string } = {},
): Promise<RunningListener> {
  const interrupt = new AbortController();
  const printed = Promise.withResolvers<string>();
  const ended = run(["bridge", ...args], {
    real: true,
    now: Date.now,
    ...setup,
    env: { MCPASS_HOME: home, MCPASS_STORE: "file", ...setup.env },
    signal: interrupt.signal,
    prints: printed.resolve,
  });
  const failed = ended.then((ran) => {
    throw new Error(`it ended with ${ran.status}: ${ran.stderr}`);
  });
  failed.catch(() => {});
  const text = await Promise.race([printed.promise, failed]);
  const urls = new Map(
    text.trim().split("\n").map((line) => line.includes(" ") ? line.split(" ") : ["", line])
      .map(([name = "", url = ""]) => [name, url]),
  );
  const [url = ""] = urls.values();
  const stop = async () => {
    interrupt.abort();
    return await ended;
  };
  return {
    urls,
    url,
    port: Number(URL.parse(url)?.port),
    stop,
    ended,
    [Symbol.asyncDispose]: async () => void await stop(),
  };
}
