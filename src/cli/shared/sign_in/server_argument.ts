/** The server of a command line: a URL, a host, the name of a stored sign-in, or the only sign-in. @module */

import { isSignInName, withCommand } from "../../../core/command_text.ts";
import { editDistance, nearest } from "../../../core/edit_distance.ts";
import { toFailure, usageFailure } from "../../../core/failure.ts";
import { quoted } from "../../../core/text.ts";
import { parseUrl } from "../../../core/url.ts";
import { isStoreUnreachable } from "../../../store/failures.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import type { EntrySummary } from "../../../store/stored_entry.ts";
import type { Command, Invocation } from "../../command/command.ts";
import type { FlagTable } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { completeUrl, isHostText, storedSignIns, unknownServerText } from "./required_server.ts";

type AnyInvocation = Invocation<FlagTable>;

/** Names as a list for a message; at most 10. */
function namesText(entries: readonly EntrySummary[]): string {
  const names = [...new Set(entries.map(({ name = "" }) => name))];
  return names.slice(0, 10).join(", ") + (names.length > 10 ? ", ..." : "");
}

function atHost(entries: readonly EntrySummary[], text: string): EntrySummary[] {
  const typed = parseUrl(completeUrl(text));
  const path = /\/./.test(text);
  return entries.filter(({ serverUrl }) =>
    parseUrl(serverUrl)?.host === typed?.host &&
    (!path || parseUrl(serverUrl)?.href === typed?.href)
  );
}

/** The stored sign-ins, for a suggestion: none if the store cannot be read. */
function readableSignIns(invocation: AnyInvocation, runtime: Runtime) {
  return storedSignIns(invocation.options, runtime).catch((error): readonly EntrySummary[] => {
    if (toFailure(error).kind === "cancelled") throw error;
    return [];
  });
}

function withServer(
  command: Pick<Command<FlagTable>, "flags">,
  invocation: AnyInvocation,
  { serverUrl, account }: { readonly serverUrl: string; readonly account?: string | undefined },
): AnyInvocation {
  const { options, sources } = invocation;
  const usesAccount = account !== undefined && Object.hasOwn(command.flags, "account") &&
    sources.get("account") !== "flag";
  return { ...invocation, options: { ...options, url: serverUrl, ...usesAccount && { account } } };
}

/** The name that was probably meant; of local servers another port is another server. */
function nearName(text: string, entries: readonly EntrySummary[]): string | undefined {
  const near = nearest(text, entries.map(({ name = "" }) => name));
  const isLocal = /^localhost-\d+$/.test(text);
  return near !== undefined && isLocal && editDistance(text, near) > 1 ? undefined : near;
}

async function unknownServer(
  text: string,
  entries: readonly EntrySummary[],
  command: Command<FlagTable>,
  { texts, operands }: AnyInvocation,
): Promise<Error> {
  const near = nearName(text, entries);
  const { commandLine } = await import("../../args/command_line.ts");
  const line = (url: string) => commandLine(command, [...texts, ["url", [url]]], { operands });
  const { serverOperand } = command;
  const word = typeof serverOperand === "object" ? nearest(text, serverOperand) : undefined;
  const [server] = operands;
  if (word !== undefined && near === undefined) {
    const url = server === undefined ? [] : [["url", [server]] as const];
    const meant = commandLine(command, url, { operands: [word] });
    const message = `unexpected argument ${quoted(text, 60)}`;
    return usageFailure(
      "unexpected_argument",
      message,
      withCommand(`Did you mean ${word}?`, meant),
    );
  }
  const hint = near !== undefined
    ? withCommand(`Did you mean ${near}?`, line(near))
    : entries.length > 0
    ? `Stored sign-ins: ${namesText(entries)}. For another server, give its URL`
    : "No sign-in is stored yet. Use the URL of the server";
  return usageFailure("unknown_sign_in", unknownServerText(text), hint);
}

function hasOtherCredentials({ options }: AnyInvocation): boolean {
  const { credentialsFile, accessToken, oauthAccessToken } = options;
  return [credentialsFile, accessToken, oauthAccessToken].some((it) => it !== undefined);
}

/** Without a server: that of the stored sign-ins, if all are at one server. */
async function onlyServer(
  command: Command<FlagTable>,
  invocation: AnyInvocation,
  runtime: Runtime,
): Promise<AnyInvocation> {
  const { options, sources } = invocation;
  // Credentials for another server than that of the sign-in must not be sent to it.
  if (hasOtherCredentials(invocation)) return invocation;
  const stored = await readableSignIns(invocation, runtime);
  const entries = stored.filter(({ registeredOnly }) => !registeredOnly);
  const [first, ...others] = new Map(entries.map((it) => [canonicalServer(it.serverUrl), it]))
    .values();
  if (first === undefined) return invocation;
  if (others.length > 0) {
    if (canAsk({ noInput: options["noInput"] === true }, runtime.io)) {
      const [word] = invocation.operands;
      if (word !== undefined) {
        runtime.io.err(`${unknownServerText(word)}, so the server is missing\n`);
      }
      return invocation;
    }
    const message = "several sign-ins are stored, and none was given";
    throw usageFailure("missing_options", message, `Use one of them: ${namesText(entries)}`);
  }
  if (options["quiet"] !== true && options["progress"] !== "json") {
    const what = entries.length > 1 ? "only server of the stored sign-ins" : "only stored sign-in";
    runtime.io.err(`Using the ${what}: ${first.serverUrl}\n`);
  }
  const texts = new Map(invocation.texts).set("url", [first.serverUrl]);
  const found = { ...invocation, texts, sources: new Map(sources).set("url", "flag") };
  return withServer(command, found, { serverUrl: first.serverUrl });
}

/** Moves the first operand to `--url` if it is a server. */
async function leadingServer(
  command: Command<FlagTable>,
  invocation: AnyInvocation,
  runtime: Runtime,
): Promise<AnyInvocation> {
  const [first, ...operands] = invocation.operands;
  if (first === undefined || /[=\s]/.test(first.replace(/^https?:\/\/.*/i, ""))) return invocation;
  const { options } = invocation;
  // A name needs the store, unless other credentials are given.
  const isNameOnly = !first.includes("://") && !isHostText(first) && options["url"] === undefined &&
    !hasOtherCredentials(invocation);
  const entries = isNameOnly
    ? await storedSignIns(options, runtime)
    : await readableSignIns(invocation, runtime);
  const needsServer = entries.length === 0 && options["url"] === undefined;
  // A URL without another argument may be that of a resource, at the server of a sign-in.
  const isResource = Object.hasOwn(command.flags, "uri") && operands.length === 0 && !needsServer;
  const isServer = first.includes("://")
    ? !isResource || entries.some(({ serverUrl }) => serverUrl === first)
    : entries.some((entry) =>
      entry.name === first || isHostText(first) && atHost([entry], first).length > 0
    ) || needsServer && isHostText(first);
  if (!isServer) {
    if (needsServer) {
      throw await unknownServer(first, entries, command, { ...invocation, operands });
    }
    const isNamed = operands[0] !== undefined && !operands[0].includes("=") ||
      new Set(entries.map((entry) => canonicalServer(entry.serverUrl))).size > 1;
    const isNear = nearName(first, entries) !== undefined;
    if (isNamed && isNear) {
      throw await unknownServer(first, entries, command, { ...invocation, operands });
    }
    return invocation;
  }
  const parsed = command.flags["url"]?.read([first]);
  if (parsed !== undefined && "problem" in parsed) {
    throw usageFailure("invalid_value", `<server>: ${parsed.problem}`, parsed.remedy);
  }
  const texts = new Map(invocation.texts).set("url", [first]);
  const sources = new Map(invocation.sources).set("url", "flag" as const);
  return { options: { ...invocation.options, url: first }, operands, texts, sources };
}

/** Replaces a host or a name by the URL; a name also chooses the account, unless a flag does. */
async function completeServer(
  command: Command<FlagTable>,
  invocation: AnyInvocation,
  runtime: Runtime,
  text: string,
): Promise<AnyInvocation> {
  const entries = isHostText(text)
    ? await readableSignIns(invocation, runtime)
    : await storedSignIns(invocation.options, runtime);
  const named = entries.find(({ name }) => name === text);
  if (named !== undefined) return withServer(command, invocation, named);
  if (!isHostText(text)) throw await unknownServer(text, entries, command, invocation);
  const [first, ...others] = atHost(entries, text);
  if (first !== undefined) {
    const { serverUrl } = first;
    if (others.every((other) => other.serverUrl === serverUrl)) {
      return withServer(command, invocation, { serverUrl });
    }
    const message = `there are several sign-ins at ${quoted(text, 60)}`;
    throw usageFailure(
      "unknown_sign_in",
      message,
      `Use one of them: ${namesText([first, ...others])}`,
    );
  }
  const sources = new Map(invocation.sources).set("url", "host");
  const url = completeUrl(text);
  const texts = new Map(invocation.texts).set("url", [url]);
  return withServer(command, { ...invocation, sources, texts }, { serverUrl: url });
}

/** @throws Failure of kind `usage`: `unknown_sign_in`, `missing_options`. */
export async function resolveServer(
  command: Command<FlagTable>,
  invocation: AnyInvocation,
  runtime: Runtime,
): Promise<AnyInvocation> {
  let found = invocation;
  if (found.sources.get("url") !== "flag" && command.serverOperand === "leading") {
    found = await leadingServer(command, found, runtime);
  }
  const { url } = found.options;
  if (url === undefined) {
    const isOpen = command.requiredOptions?.some((required) =>
      required.orOnlySignIn === true && required.missing(found.options, found.operands)
    );
    return isOpen ? await onlyServer(command, found, runtime) : found;
  }
  const text = String(url);
  if (text.includes("://")) return found;
  try {
    return await completeServer(command, found, runtime, text);
  } catch (error) {
    const failure = toFailure(error);
    const mayCome = failure.code === "unknown_sign_in" || isStoreUnreachable(failure);
    const waits = isSignInName(text) && command.waitsForSignIn?.(found.options) === true;
    if (waits && mayCome) return found;
    throw failure;
  }
}
