/** What `oauth token --watch` says on standard error: each change of its state, once. @module */

import type { Failure } from "../../../core/failure.ts";
import { formatPeriod } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { createSecrets } from "../../../trace/secrets.ts";
import type { Runtime } from "../../command/runtime.ts";
import { errorMember } from "../../terminal/error_document.ts";
import type { View } from "../../terminal/finding_text.ts";
import { jsonLine } from "../../terminal/json_text.ts";
import { openProgress, type ProgressFlags } from "../../terminal/open_progress.ts";
import { styleFor } from "../../terminal/style.ts";
import type { TokenFile } from "./token_file.ts";

export interface WatchReport {
  listening(url: string): void;
  written(file: TokenFile): void;
  /** The text of a note about how the token is used. */
  note(text: string): void;
  /** @param failure Masked. Said once for each code until {@link WatchReport.recovered}. */
  failed(failure: Failure, file: TokenFile): Promise<void>;
  recovered(): void;
  /** @param isExpired False if it is only unknown whether the token in the file was valid. */
  removed(path: string, isExpired: boolean): void;
}

export async function openWatchReport(
  runtime: Runtime,
  options: ProgressFlags,
): Promise<WatchReport> {
  const { io, env, clock } = runtime;
  const { announce } = await openProgress(runtime, options, createSecrets());
  const view: View = {
    width: io.stderrIsTerminal ? io.columns() : 80,
    style: styleFor(io.stderrIsTerminal, env, options.noColor),
    mask: (text) => text,
  };
  const said = new Set<string>();
  const at = () => new Date(clock.now()).toISOString();

  /** `--quiet` shows only errors. */
  function say(event: object, text: string, isError = false): void {
    if (options.quiet && !isError) return;
    if (announce !== undefined) announce(event);
    else io.err(`${text}\n`);
  }
  const note = (message: string) => say({ event: "note", at: at(), message }, message);

  return {
    note: (text) => note(`note: ${text}`),
    listening: (url) => note(`health: ${url}`),
    written(file) {
      const { path } = file;
      const expiresAt = file.expiresAt();
      const left = expiresAt === null ? 0 : Date.parse(expiresAt) - clock.now();
      const expiry = expiresAt === null
        ? "its expiry is unknown"
        : `it expires in ${formatPeriod(left / 1000)}, at ${expiresAt}`;
      const event = { event: "token_written", at: at(), path, expiresAt };
      say(event, `wrote the token to ${quoted(path, 4096)}; ${expiry}`);
    },
    async failed(failure, file) {
      const { code } = failure;
      if (said.has(code)) return;
      said.add(code);
      if (announce !== undefined) {
        io.err(jsonLine({ event: "error", at: at(), ...errorMember(failure) }));
      } else {
        const { writeFailure } = await import("../../terminal/failure_text.ts");
        await writeFailure(failure, io, view);
      }
      const until = file.expiresAt();
      const state = !file.isValid()
        ? "there is no valid token in the file"
        : until === null
        ? "the token in the file is unchanged"
        : `the token in the file is valid until ${until}`;
      note(`${state}; mcpass tries again`);
    },
    recovered() {
      if (said.size > 0) note("the error no longer occurs");
      said.clear();
    },
    removed(path, isExpired) {
      const event = { event: "token_removed", at: at(), path };
      const why = isExpired
        ? "the token has expired"
        : "an earlier run wrote the token, and it may have expired";
      say(event, `${why}: removed ${quoted(path, 4096)}`, true);
    },
  };
}

/** True for a failure that another attempt cannot change. */
export function endsWatch(
  { code, kind }: Failure,
  isFirst: boolean,
  minValidityMs: number | undefined,
): boolean {
  return kind === "cancelled" || code === "internal_error" || isFirst && kind === "usage" ||
    code === "validity_too_short" && minValidityMs !== undefined;
}
