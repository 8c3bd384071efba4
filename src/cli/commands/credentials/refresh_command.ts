import { commandText } from "../../../core/command_text.ts";
import { refreshSignIn } from "../../../flow/credentials/refresh.ts";
import type { StoredRelaxations } from "../../../store/stored_entry.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import type { Command } from "../../command/command.ts";
import {
  findCredentialRepository,
  STORED_SIGN_IN_FLAGS,
} from "../../shared/sign_in/credential_source.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { signInOptions } from "../../shared/sign_in/sign_in_flags.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { nextLines, rowsText } from "../../terminal/finding_text.ts";
import { relaxationTexts } from "./status_text.ts";
import { accountText, verdictOf } from "./status_verdict.ts";

const REFRESH_FLAGS = { ...STORED_SIGN_IN_FLAGS, ...RESULT_FLAGS };

export interface RefreshDocument {
  readonly completed: boolean;
  /** False if another process had refreshed the token just before. */
  readonly renewed: boolean;
  readonly serverUrl: string;
  readonly account: string | null;
  readonly issuer: string;
  readonly expiresAt: string | null;
  readonly scope: string | null;
  readonly refreshTokenReplaced: boolean;
  readonly where: string;
  readonly relaxations: StoredRelaxations;
}

export const REFRESH_COMMAND: Command<typeof REFRESH_FLAGS> = sessionCommand({
  name: "oauth refresh",
  summary: "Refresh a stored token now, even if it is still valid",
  examples: [["one sign-in", "mcpass refresh https://server.example/mcp"]],
  flags: REFRESH_FLAGS,
  requiredOptions: [REQUIRED_SIGN_IN],
  notes: [
    "Other commands refresh a token automatically if it has expired. Use this one after a change at " +
    "the server, such as a new scope. It prints no secret; mcpass token prints the token.",
    "Exit status: 0 refreshed, 1 failed, 2 usage, 4 a person has to sign in, 130 cancelled.",
  ],
  async report(session, invocation, { runtime }) {
    const { serverUrl, clock } = session;
    const found = await findCredentialRepository(serverUrl, invocation, runtime);
    const { repository, account } = found;
    session.trustAsStored(found.loginFlags);
    const before = (await repository.read())?.tokens?.refreshToken;
    const { entry, sent } = await refreshSignIn(session, repository, serverUrl, { force: true });
    const after = entry.tokens?.refreshToken ?? null;
    return {
      document: {
        completed: true,
        renewed: sent,
        serverUrl: entry.serverUrl,
        account: account ?? null,
        issuer: entry.issuer,
        expiresAt: entry.tokens?.expiresAt ?? null,
        scope: entry.grantedScope,
        refreshTokenReplaced: after !== null && after !== before,
        where: repository.where,
        relaxations: entry.relaxations,
      } satisfies RefreshDocument,
      text(view) {
        const how = sent ? "refreshed" : "another process refreshed it just now";
        const holds = after === null ? [] : ["tokens.refreshToken" as const];
        const { mark, state } = verdictOf({ ...entry, holds }, clock.now());
        const who = accountText(entry);
        const verdict = `${how}: ` +
          `${entry.serverUrl}${who === undefined ? "" : ` as ${who}`}, ${state}`;
        const options = signInOptions(entry, invocation.options.credentialsFile);
        return [
          ...verdictPrinter(runtime).lines(mark, verdict, view),
          "",
          ...rowsText([
            ["Expires", entry.tokens?.expiresAt ?? "unknown"],
            ["Scopes", entry.grantedScope || "unknown"],
            [
              "Refresh token",
              after === null ? "none" : after === before ? "unchanged" : "replaced",
            ],
            ["Relaxations", relaxationTexts(entry.relaxations).join(", ") || undefined],
            ["Stored in", repository.where, "exact"],
          ], view),
          "",
          ...nextLines(["Use it", { line: commandText("tools list", options) }], view),
          "",
        ].join("\n");
      },
    };
  },
});
