/** A program on a pseudo-terminal of 80 by 24, by way of script(1). */

export interface Terminal {
  /** Resolves to everything shown so far once `text` is part of it, from `since` on. */
  until(text: string, since?: number): Promise<string>;
  /** Presses keys. */
  type(keys: string): Promise<void>;
  /** Everything shown until the end. */
  end(): Promise<string>;
}

/** Runs a shell line on a terminal. */
export function onTerminal(line: string): Terminal {
  const child = new Deno.Command("script", {
    args: ["-qefc", `stty cols 80 rows 24; ${line}`, "/dev/null"],
    env: { TERM: "xterm-256color", NO_COLOR: "" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keys = child.stdin.getWriter();
  let shown = "";
  let over = false;
  let watchers: (() => void)[] = [];
  const reading = (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += chunk;
      for (const wake of watchers.splice(0)) wake();
    }
    over = true;
    for (const wake of watchers.splice(0)) wake();
  })();
  return {
    async until(text, since = 0) {
      while (!shown.slice(since).includes(text)) {
        if (over) throw new Error(`never shown: ${JSON.stringify(text)}\n${shown}`);
        await new Promise<void>((resolve) => watchers.push(resolve));
      }
      watchers = [];
      return shown;
    },
    type: (text) => keys.write(new TextEncoder().encode(text)),
    async end() {
      await reading;
      await keys.close().catch(() => {});
      await child.status;
      return shown;
    },
  };
}
