/**
 * `mcpass oauth refresh`.
 *
 * @module
 */

import { renewSignIn } from "../../../flow/credentials/refresh.ts";
import { maskDocument } from "../../../trace/own_document.ts";
import type { Command } from "../../command/command.ts";
import { formatFlag } from "../../args/common_flags.ts";
import { findKept } from "../../shared/credential_source.ts";
import { withDoor } from "../../shared/door.ts";
import { errorDocument } from "../../terminal/error_document.ts";
import { shown, type View } from "../../terminal/finding_text.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { keptFlags } from "../../shared/kept_flags.ts";
import { fields } from "../../terminal/layout.ts";
import { REQUIRED_SERVER } from "../../shared/required_server.ts";
import { SESSION_FLAGS } from "../../shared/session_flags.ts";
import { relaxationTexts, stateText, tokenState } from "./status_text.ts";
import { styleFor } from "../../terminal/style.ts";

/** Its flags. */
export const REFRESH_FLAGS = { ...SESSION_FLAGS, format: formatFlag(["human", "json"]) };

/** Renews a kept token now. */
export const REFRESH_COMMAND: Command<typeof REFRESH_FLAGS> = {
  name: "oauth refresh",
  summary: "Renew a kept token now, whatever is left of it",
  examples: [["renew", "mcpass oauth refresh --url https://server.example/mcp"]],
  flags: REFRESH_FLAGS,
  requiredOptions: [REQUIRED_SERVER],
  notes: [
    "Other commands renew by themselves when it is due; this is for after a change at the server. " +
    "No secret is shown: mcpass oauth token writes the token.",
  ],
  async run(given, { runtime, format }) {
    const { options } = given;
    const { io, env, clock } = runtime;
    const { url: serverUrl = "" } = options;
    const { keeper, account } = await findKept(serverUrl, given, runtime);
    const { secrets, before, entry, sent } = await withDoor(
      serverUrl,
      options,
      runtime,
      async ({ deps }) => ({
        secrets: deps.secrets,
        before: (await keeper.read())?.tokens?.refreshToken,
        ...await renewSignIn(deps, keeper, serverUrl, { force: true }),
      }),
    );
    const after = entry.tokens?.refreshToken ?? null;
    const document = maskDocument({
      completed: true,
      renewed: sent,
      serverUrl: entry.serverUrl,
      account: account ?? null,
      issuer: entry.issuer,
      expiresAt: entry.tokens?.expiresAt ?? null,
      scope: entry.grantedScope,
      refreshTokenReplaced: after !== null && after !== before,
      where: keeper.where,
      relaxations: entry.relaxations,
    }, secrets);
    if (format === "json") {
      io.out(jsonText(document));
      return 0;
    }
    const view: View = {
      width: io.stdoutIsTerminal ? io.columns() : 80,
      style: styleFor(io.stdoutIsTerminal, env, options.noColor),
      mask: (text) => secrets.mask(text),
    };
    const how = sent ? "Renewed" : "Renewed by another process just now";
    const relaxed = relaxationTexts(entry.relaxations);
    const rows = [
      ["Expires", stateText(tokenState(entry.tokens, clock.now()), entry.tokens, clock.now())],
      ["Scope", entry.grantedScope ?? "none named"],
      ["Refresh token", after === null ? "none" : after === before ? "the same" : "replaced"],
      ...relaxed.length === 0 ? [] : [["Relaxed", relaxed.join(", ")]],
      ["Kept in", keeper.where],
    ] as [string, string][];
    const lines = [
      view.style.green(view.style.bold(`${how}: ${shown(entry.serverUrl, view)}`)),
      "",
      ...fields(rows.map(([label, text]) => [label, shown(text, view)]), view.width),
      "",
      "Use it:",
      `  ${shown(`mcpass tools list ${keptFlags(entry, options.credentialsFile)}`, view, 4000)}`,
    ];
    io.out(`${lines.join("\n")}\n`);
    return 0;
  },
  failed: errorDocument,
};
