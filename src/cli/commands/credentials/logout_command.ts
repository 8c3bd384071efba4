import { commandText } from "../../../core/command_text.ts";
import { Failure, toFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { storeRepository } from "../../../flow/credentials/credential_repository.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "../../../store/stored_entry.ts";
import { RESULT_FLAGS } from "../../args/common_flags.ts";
import { exclusive } from "../../args/flag_rules.ts";
import type { Command, Invocation } from "../../command/command.ts";
import {
  findCredentialRepository,
  STORED_SIGN_IN_FLAGS,
} from "../../shared/sign_in/credential_source.ts";
import { findStoredSignIn, type SourceRuntime } from "../../shared/sign_in/find_sign_in.ts";
import { type ErrorMember, errorMember } from "../../terminal/error_document.ts";
import { findingsText, nextLines, safeText, type View } from "../../terminal/finding_text.ts";
import { flagGroup, toggle } from "../../command/flag.ts";
import { type VerdictPrinter, verdictPrinter } from "../../terminal/marks.ts";
import { wrap } from "../../terminal/layout.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { failureOfEntry } from "../../shared/entry_failure.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import { signOut, type SignOutTarget, type TargetOutcome } from "./sign_out.ts";

const LOGOUT_FLAGS = {
  ...STORED_SIGN_IN_FLAGS,
  ...flagGroup("Credentials:", {
    unregister: toggle(
      "also delete the registration that mcpass made (RFC 7592)",
    ),
    all: toggle("every account of the server, or every sign-in if no server is given"),
  }),
  ...RESULT_FLAGS,
};

interface SignOutTargets {
  readonly targets: readonly SignOutTarget[];
  readonly problems: readonly Failure[];
  /** Why there is no target. */
  readonly missing?: Failure;
}

async function findTargets(
  invocation: Invocation<typeof LOGOUT_FLAGS>,
  runtime: SourceRuntime,
): Promise<SignOutTargets> {
  const { options } = invocation;
  const { all, credentialsFile, url: serverUrl } = options;
  if (credentialsFile !== undefined && serverUrl !== undefined) {
    const found = await findCredentialRepository(serverUrl, invocation, runtime);
    const { repository, loginFlags } = found;
    return { targets: [{ serverUrl, account: null, repository, loginFlags }], problems: [] };
  }
  const store = await openStoreAs(storeMode(options), runtime, options);
  const targetOf = (
    { key, serverUrl, account, loginFlags, name }: EntrySummary,
  ): SignOutTarget => ({
    serverUrl,
    account,
    loginFlags,
    name,
    repository: storeRepository(store, key),
  });
  if (serverUrl === undefined) {
    const { entries, problems } = await store.list();
    return { targets: entries.map(targetOf), problems };
  }
  if (all) return { targets: (await store.find(serverUrl)).map(targetOf), problems: [] };
  try {
    const { account } = await findStoredSignIn(store, serverUrl, options, runtime, true);
    return { targets: (await store.find(serverUrl, account)).map(targetOf), problems: [] };
  } catch (error) {
    const missing = toFailure(error);
    if (missing.code !== "not_signed_in") throw error;
    return { targets: [], problems: [], missing };
  }
}

export interface LogoutDocument {
  readonly completed: boolean;
  readonly signedOut: readonly TargetOutcome["ended"][];
  readonly problems: readonly ErrorMember[];
}

function signOutText(
  { ended, registeredOnly, name }: TargetOutcome,
  printer: VerdictPrinter,
  view: View,
): string[] {
  const { serverUrl, account, revoked, notRevoked, unregistered, note, findings } = ended;
  const label = account === null || account === DEFAULT_ACCOUNT ? undefined : `account ${account}`;
  const called = name ?? label;
  const who = called === undefined ? serverUrl : `${serverUrl} (${called})`;
  const tokens = [
    ...revoked.refreshToken ? ["refresh token"] : [],
    ...revoked.accessToken ? ["access token"] : [],
  ];
  const done = [
    ...tokens.length === 0 ? [] : [`${tokens.join(" and ")} revoked`],
    ...unregistered ? ["client unregistered"] : [],
    registeredOnly ? "stored client deleted" : "sign-in deleted",
  ];
  const left = notRevoked.map(({ token, validUntil }) =>
    (token === "refreshToken" ? "refresh token" : "access token") +
    (validUntil === null ? "" : ` (valid until ${validUntil})`)
  );
  const isClean = note === null && left.length === 0;
  const what = registeredOnly ? "was not signed in to" : "signed out of";
  const head = `${what} ${who}: ${done.join(", ")}` +
    (left.length === 0 ? "" : `; not revoked: ${left.join(", ")}`);
  const isInFinding = findings.some(({ code }) => code === "access_token_not_revocable") &&
    notRevoked.every(({ token }) => token === "accessToken");
  return [
    ...printer.lines(isClean ? "ok" : "warning", head, view),
    ...note === null || isInFinding
      ? []
      : wrap(safeText(note, view), view.width, "  ").map(view.style.yellow),
    ...findingsText(findings, view),
  ];
}

function logoutFailure(outcomes: readonly TargetOutcome[]): Failure | undefined {
  const unrevoked = outcomes.filter(({ revocationFailed }) => revocationFailed);
  const registered = outcomes.filter(({ ended }) => ended.unregistered === false);
  const messageFor = (what: string, failed: readonly TargetOutcome[]) => {
    const servers = failed.map(({ ended }) => quoted(ended.serverUrl)).join(", ");
    return `${what} for ${servers}; the stored sign-in was deleted anyway`;
  };
  if (unrevoked.length > 0) {
    return new Failure("revocation_failed", messageFor("revocation failed", unrevoked), {
      remedy: "End the session on the authorization server's website",
      reference: "RFC 7009 §2",
    });
  }
  if (registered.length === 0) return undefined;
  const message = messageFor("the registration was not deleted", registered);
  return new Failure("unregister_failed", message, {
    remedy: "Ask the operator to delete the client; the findings show its client ID and the reason",
    reference: "RFC 7592 §2.3",
  });
}

export const LOGOUT_COMMAND: Command<typeof LOGOUT_FLAGS> = sessionCommand({
  name: "oauth logout",
  summary: "Revoke the tokens if the server supports it, then delete the stored sign-in",
  examples: [
    ["one server", "mcpass logout https://server.example/mcp"],
    ["all sign-ins", "mcpass logout --all"],
    [
      "also delete the registered client",
      "mcpass logout --unregister https://server.example/mcp",
    ],
  ],
  flags: LOGOUT_FLAGS,
  requiredOptions: [{ ...REQUIRED_SIGN_IN, missing: ({ all, url }) => !all && url === undefined }],
  rules: [exclusive(["all", "credentialsFile"], { strict: true }), exclusive(["all", "account"])],
  notes: [
    "If revocation fails, mcpass still deletes the stored sign-in, exits with status 1, and says which token " +
    "was not revoked. An access token that the server cannot revoke (RFC 7009 §2.2.1) is a warning. " +
    "If no sign-in is stored, the exit status is 0.",
    "--unregister revokes the tokens, deletes the registration at the authorization server, and then " +
    "deletes the stored sign-in. It never deletes a pre-registered client. If the server does not " +
    "delete the registration, the exit status is 1.",
  ],
  async report(session, invocation, { runtime, format }) {
    const { unregister, url } = invocation.options;
    const found = await findTargets(invocation, runtime);
    const outcomes: TargetOutcome[] = [];
    const problems = [...found.problems];
    for (const target of found.targets) {
      try {
        outcomes.push(await signOut(session, target, unregister));
      } catch (error) {
        const failure = toFailure(error);
        if (failure.kind === "cancelled" || failure.kind === "usage") throw failure;
        problems.push(failureOfEntry(target, failure));
      }
    }
    const hint = found.missing?.commandFlags === undefined ? undefined : found.missing.remedy;
    if (hint !== undefined && format === "json") session.note(`nothing is stored. ${hint}`);
    const failure = logoutFailure(outcomes) ?? problems[0];
    const ended = outcomes.map((it) => it.ended);
    return {
      failure,
      problems,
      exitStatus: failure === undefined ? 0 : 1,
      document: {
        completed: failure === undefined,
        signedOut: ended,
        problems: problems.map(errorMember),
      } satisfies LogoutDocument,
      text(view) {
        const printer = verdictPrinter(runtime);
        const lines = outcomes.flatMap((it) => signOutText(it, printer, view));
        if (lines.length === 0 && problems.length === 0) {
          const where = url === undefined ? "" : ` for ${quoted(url)}`;
          lines.push(
            ...printer.lines("ok", `already signed out: no sign-in is stored${where}`, view),
          );
          const { remedy = "", commandFlags } = found.missing ?? {};
          if (commandFlags !== undefined) {
            lines.push(...nextLines([remedy, { line: commandText("logout", commandFlags) }], view));
          } else if (remedy.startsWith("Did you mean")) {
            lines.push(...wrap(remedy, view.width));
          }
        }
        return lines.map((line) => `${line}\n`).join("");
      },
    };
  },
});
