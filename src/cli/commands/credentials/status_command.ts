/**
 * `mcpass oauth status`.
 *
 * @module
 */

import { EXIT_STATUS, toFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { signInNeeded } from "../../../flow/context/sign_in_needed.ts";
import type { Store } from "../../../store/store.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Command } from "../../command/command.ts";
import { COMMON_FLAGS, formatFlag } from "../../args/common_flags.ts";
import { withDoor } from "../../shared/door.ts";
import { errorDocument, errorMember } from "../../terminal/error_document.ts";
import { partsOf } from "../../terminal/failure_parts.ts";
import { failureText, type View } from "../../terminal/finding_text.ts";
import { toggle } from "../../command/flag.ts";
import { keptFlags } from "../../shared/kept_flags.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { wrap } from "../../terminal/layout.ts";
import { TIMEOUT_FLAG, URL_FLAG } from "../../shared/session_flags.ts";
import {
  isManaged,
  isRenewable,
  type StatusEntry,
  statusTable,
  statusText,
  tokenState,
} from "./status_text.ts";
import { openStoreAs, storeFlags, storeMode } from "../../shared/store_options.ts";
import { styleFor } from "../../terminal/style.ts";
import type { Runtime } from "../../command/runtime.ts";

/** Its flags. */
export const STATUS_FLAGS = {
  url: URL_FLAG,
  ...storeFlags("Credentials:"),
  check: toggle(
    "Check:",
    "--check",
    "ask the issuer about each token, or the MCP server where it cannot say",
  ),
  stepTimeout: TIMEOUT_FLAG,
  format: formatFlag(["human", "json"]),
  ...COMMON_FLAGS,
};

type Options = Parameters<Command<typeof STATUS_FLAGS>["run"]>[0]["options"];

async function checked(
  store: Store,
  entry: EntrySummary,
  options: Options,
  runtime: Runtime,
): Promise<StatusEntry["check"]> {
  const { checkToken } = await import("../../../flow/credentials/check_token.ts");
  const { secretsOf } = await import("../../../flow/credentials/stored_client.ts");
  try {
    return await withDoor(entry.serverUrl, options, runtime, async ({ deps }) => {
      const whole = await store.read(entry.key);
      if (whole === undefined) {
        return { by: "nobody", accepted: null, detail: "it was just removed" };
      }
      for (const secret of secretsOf(whole)) deps.secrets.add(secret);
      const check = await checkToken(deps, whole);
      return { ...check, detail: deps.secrets.mask(check.detail) };
    });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.kind === "usage") throw failure;
    return { by: "nobody", accepted: null, detail: failure.message };
  }
}

function documentOf({ entry, state, check }: StatusEntry): unknown {
  const { client, tokens, journal } = entry;
  return {
    serverUrl: entry.serverUrl,
    account: entry.account,
    issuer: entry.issuer,
    clientId: client.clientId,
    registration: client.approach,
    tokenAuthMethod: client.tokenAuthMethod,
    registrationManaged: isManaged(entry),
    ...(client.certificate === undefined ? {} : {
      certificate: { ...client.certificate, boundToken: entry.certificateAtServer === true },
    }),
    authMode: entry.authMode,
    tokenType: tokens?.tokenType ?? null,
    state,
    obtainedAt: tokens?.obtainedAt ?? null,
    expiresAt: tokens?.expiresAt ?? null,
    renewable: isRenewable(entry),
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

/** What to run after the list, or after one sign-in. */
function nextCommand(
  entries: readonly StatusEntry[],
  url: string | undefined,
): readonly [why: string, line: string] {
  const [first] = entries;
  if (url === undefined || first === undefined) {
    return ["All about one", "mcpass oauth status --url <url>"];
  }
  const { entry, state, check } = first;
  const rest = keptFlags(entry);
  const isGood = (state === "valid" || state === "lifetime_unknown") && check?.accepted !== false;
  if (isGood) return ["Use it", `mcpass tools list ${rest}`];
  return isRenewable(entry)
    ? ["Renew it", `mcpass oauth refresh ${rest}`]
    : ["Sign in again", `mcpass login ${rest}`];
}

/** Shows what is kept, never a secret. */
export const STATUS_COMMAND: Command<typeof STATUS_FLAGS> = {
  name: "oauth status",
  summary: "Show what is kept: server, account, expiry, scopes, issuer; never a secret",
  examples: [
    ["everything", "mcpass oauth status"],
    ["one server, and whether its token is taken", "mcpass oauth status --check --url <url>"],
  ],
  flags: STATUS_FLAGS,
  notes: [
    "--check renews nothing. Exit status: 0 done, 1 a checked token was refused, 4 nothing is kept " +
    "for --url.",
  ],
  async run(given, { runtime, format }) {
    const { options, sources } = given;
    const { io, env, clock } = runtime;
    const { url, account } = options;
    const store = await openStoreAs(storeMode(options, sources.get("store") === "flag"), runtime);
    const listing = await store.list(url, account);
    const kept = listing.entries.filter((it) => account === undefined || it.account === account);
    const entries: StatusEntry[] = [];
    for (const entry of kept) {
      const state = tokenState(entry.tokens, clock.now());
      const check = options.check ? await checked(store, entry, options, runtime) : undefined;
      entries.push({ entry, state, check });
    }
    const missing = url !== undefined && entries.length === 0 && listing.problems.length === 0
      ? signInNeeded("not_signed_in", `nothing is stored for ${quoted(url)}`, {
        serverUrl: url,
        ...(account === undefined ? {} : { account }),
      })
      : undefined;
    const refused = entries.some((it) => it.check?.accepted === false);
    if (format === "json") {
      io.out(jsonText({
        completed: missing === undefined && !refused,
        store: store.describe(),
        entries: entries.map(documentOf),
        problems: listing.problems.map(errorMember),
        ...(missing === undefined ? {} : { error: errorMember(missing) }),
      }));
    }
    const view = (isTerminal: boolean): View => ({
      width: isTerminal ? io.columns() : 80,
      style: styleFor(isTerminal, env, options.noColor),
      mask: (text) => text,
    });
    for (const problem of [...listing.problems, ...missing === undefined ? [] : [missing]]) {
      const lines = failureText(undefined, await partsOf(problem), view(io.stderrIsTerminal));
      io.err(`${lines.join("\n")}\n`);
    }
    if (format === "human") {
      const shape = url === undefined ? statusTable : statusText;
      const now = clock.now();
      if (entries.length > 0) {
        const next = nextCommand(entries, url);
        io.out(`${shape(entries, view(io.stdoutIsTerminal), now)}\n${next[0]}:\n  ${next[1]}\n`);
      } else if (missing === undefined) {
        const { width } = view(io.stdoutIsTerminal);
        const lines = wrap(`Nothing is kept (${store.describe().text})`, width);
        io.out(`${[...lines, "", "Sign in:", "  mcpass login"].join("\n")}\n`);
      }
    }
    return missing !== undefined ? EXIT_STATUS[missing.kind] : refused ? 1 : 0;
  },
  failed: errorDocument,
};
