import { commandText } from "../../../core/command_text.ts";
import { EXIT_STATUS, toFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { signInCommand, signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import type { Store } from "../../../store/store.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Command } from "../../command/command.ts";
import { REQUEST_FLAGS, RESULT_FLAGS } from "../../args/common_flags.ts";
import { type NextCommand, nextLines } from "../../terminal/finding_text.ts";
import { errorMember } from "../../terminal/error_document.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { signInOptions } from "../../shared/sign_in_flags.ts";
import { wrap } from "../../terminal/layout.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { SIGN_IN_SERVER_FLAGS } from "../../shared/credential_source.ts";
import {
  canRefresh,
  isManaged,
  type StatusEntry,
  statusTable,
  statusText,
  tokenState,
} from "./status_text.ts";
import { openStoreAs, STATUS_STORE_FLAGS, storeMode } from "../../shared/store_options.ts";

const STATUS_FLAGS = {
  ...SIGN_IN_SERVER_FLAGS,
  ...flagGroup("Credentials:", STATUS_STORE_FLAGS),
  ...flagGroup("Check:", {
    check: toggle("ask the issuer about each token, or the MCP server where it cannot say"),
  }),
  ...REQUEST_FLAGS,
  ...RESULT_FLAGS,
};

async function checkEntry(
  session: CommandSession,
  store: Store,
  entry: EntrySummary,
): Promise<StatusEntry["check"]> {
  const { checkToken } = await import("../../../flow/credentials/check_token.ts");
  const { secretsOf } = await import("../../../flow/credentials/stored_client.ts");
  const { secrets } = session;
  try {
    const storedEntry = await store.read(entry.key);
    if (storedEntry === undefined) {
      return { by: "nobody", accepted: null, detail: "it was just removed" };
    }
    for (const secret of secretsOf(storedEntry)) secrets.add(secret);
    const http = session.httpFor(entry);
    const check = await checkToken({ ...session, http }, storedEntry);
    return { ...check, detail: secrets.mask(check.detail) };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.kind === "usage") throw failure;
    return { by: "nobody", accepted: null, detail: secrets.mask(failure.message) };
  }
}

function documentOf({ entry, check }: StatusEntry, now: number): unknown {
  const { client, tokens, journal } = entry;
  return {
    serverUrl: entry.serverUrl,
    account: entry.account,
    issuer: entry.issuer,
    clientId: client.clientId,
    registration: client.approach,
    tokenAuthMethod: client.tokenAuthMethod,
    registrationManaged: isManaged(entry),
    ...(entry.registeredOnly ? { registeredOnly: true } : {}),
    ...(client.certificate === undefined ? {} : {
      certificate: { ...client.certificate, boundToken: entry.certificateAtServer === true },
    }),
    authMode: entry.authMode,
    tokenType: tokens?.tokenType ?? null,
    state: tokenState(tokens, now, check),
    obtainedAt: tokens?.obtainedAt ?? null,
    expiresAt: tokens?.expiresAt ?? null,
    renewable: canRefresh(entry),
    scope: entry.grantedScope,
    requestedScopes: entry.requestedScopes,
    resource: entry.resource,
    protocolVersion: entry.protocolVersion,
    relaxations: entry.relaxations,
    headerNames: entry.headerNames,
    secretsIn: entry.secretsIn,
    ...(journal === undefined ? {} : { refreshCutOff: journal.startedAt }),
    ...(check === undefined ? {} : { check }),
  };
}

function nextCommand(
  entries: readonly StatusEntry[],
  url: string | undefined,
  now: number,
): NextCommand {
  const [first] = entries;
  if (url === undefined || first === undefined) {
    return ["All about one", { line: commandText("oauth status", { url: "<url>" }) }];
  }
  const { entry, check } = first;
  const options = signInOptions(entry);
  const state = tokenState(entry.tokens, now);
  const isUsable = state === "valid" || state === "lifetime_unknown";
  if (isUsable && check?.accepted !== false) {
    return ["Use it", { line: commandText("tools list", options) }];
  }
  return canRefresh(entry)
    ? ["Refresh it", { line: commandText("oauth refresh", options) }]
    : [entry.registeredOnly ? "Sign in" : "Sign in again", signInCommand(entry)];
}

export const STATUS_COMMAND: Command<typeof STATUS_FLAGS> = sessionCommand({
  name: "oauth status",
  summary: "Show stored sign-ins: server, account, expiry, scopes, issuer; never a secret",
  examples: [
    ["everything", "mcpass oauth status"],
    ["one server, and whether it accepts the token", "mcpass oauth status --check --url <url>"],
  ],
  flags: STATUS_FLAGS,
  notes: [
    "state and expiry are from the response that issued the token: only --check asks whether it is " +
    "accepted now. --check does not refresh. Exit status: 0 done, 1 a checked token was refused, 4 " +
    "nobody is signed in to --url.",
  ],
  // MCPASS_DEBUG_OUT is for commands that send requests.
  needs: ({ options, sources }) => ({
    writesArtifact: options.check || sources.get("debugOut") !== "variable",
  }),
  async report(session, { options }, { runtime }) {
    const { url, account } = options;
    const now = runtime.clock.now();
    const store = await openStoreAs(storeMode(options), runtime);
    const { entries: found, problems } = await store.list(url, account);
    const entries: StatusEntry[] = [];
    for (const entry of found.filter((it) => account === undefined || it.account === account)) {
      const check = options.check ? await checkEntry(session, store, entry) : undefined;
      entries.push({ entry, check });
    }
    const isSignedOut = url !== undefined && problems.length === 0 &&
      entries.every(({ entry }) => entry.registeredOnly);
    const missing = isSignedOut && entries.length === 0
      ? signInNeeded("not_signed_in", `nothing is stored for ${quoted(url)}`, {
        serverUrl: url,
        ...(account === undefined ? {} : { account }),
      })
      : undefined;
    const refused = entries.some((it) => it.check?.accepted === false);
    return {
      failure: missing,
      problems,
      exitStatus: refused ? 1 : isSignedOut ? EXIT_STATUS.sign_in_needed : undefined,
      document: {
        completed: !isSignedOut && !refused,
        store: store.describe(),
        entries: entries.map((it) => documentOf(it, now)),
        problems: problems.map(errorMember),
        ...(missing === undefined ? {} : { error: errorMember(missing) }),
      },
      text(view) {
        if (missing !== undefined) return undefined;
        if (entries.length === 0) {
          const lines = wrap(`Nothing is stored (${store.describe().text})`, view.width);
          const next = nextLines(["Sign in", { line: commandText("login") }], view);
          return [...lines, "", ...next, ""].join("\n");
        }
        const next = nextLines(nextCommand(entries, url, now), view);
        const text = (url === undefined ? statusTable : statusText)(entries, view, now);
        return `${text}\n${next.join("\n")}\n`;
      },
    };
  },
});
