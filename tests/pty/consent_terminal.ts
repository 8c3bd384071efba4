/** A program on a pseudo-terminal, by way of script(1). */

export interface Terminal {
  /** Resolves to everything shown so far once `text` is part of it, from `since` on. */
  until(text: string, since?: number): Promise<string>;
  /** Resolves to everything shown so far once it fulfils this; `what` says what is waited for. */
  when(what: string, fulfils: (shown: string) => boolean | Promise<boolean>): Promise<string>;
  /** Presses keys. */
  type(keys: string): Promise<void>;
  /** Everything shown until the end. */
  end(): Promise<string>;
  /** Goes away, as a window that is closed. What runs on it may go on for a while. */
  close(): Promise<void>;
}

/** The terminal. */
export interface TerminalOptions {
  /** Default 80. */
  readonly columns?: number;
  /** Default 24. */
  readonly rows?: number;
  /** Variables beside the test's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what is shown as it comes. */
  readonly onShown?: (text: string) => void;
}

/** Ends a program that waits for more than was typed: what it showed says for what. */
const LIMIT_MS = 60_000;

/** Runs a shell line on a terminal. */
export function onTerminal(line: string, options: TerminalOptions = {}): Terminal {
  const { columns = 80, rows = 24, env = {}, onShown } = options;
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty cols ${columns} rows ${rows}; ${line}`, "/dev/null"],
    env: { TERM: "xterm-256color", NO_COLOR: "", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).spawn();
  const keys = child.stdin.getWriter();
  let shown = "";
  let over = false;
  let watchers: (() => void)[] = [];
  const reading = (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += chunk;
      onShown?.(chunk);
      for (const wake of watchers.splice(0)) wake();
    }
    over = true;
    for (const wake of watchers.splice(0)) wake();
  })();
  async function when(
    what: string,
    fulfils: (shown: string) => boolean | Promise<boolean>,
  ): Promise<string> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      watchers.push(resolve);
      const last = over;
      if (await fulfils(shown)) break;
      if (last) throw new Error(`never shown: ${what}\n${shown}`);
      await promise;
    }
    watchers = [];
    return shown;
  }
  return {
    until: (text, since = 0) =>
      when(JSON.stringify(text), (all) => all.slice(since).includes(text)),
    when,
    type: (text) => keys.write(new TextEncoder().encode(text)),
    async end() {
      await reading;
      await keys.close().catch(() => {});
      await child.status;
      return shown;
    },
    async close() {
      child.kill("SIGKILL");
      await keys.abort();
      await Promise.all([reading, child.status]);
    },
  };
}
