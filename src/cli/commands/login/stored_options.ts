/** Signing in again by name: the options of the stored sign-in. @module */

import { flagsText, type OptionTexts } from "../../../core/command_text.ts";
import { signInOptions } from "../../../flow/context/sign_in_needed.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import { applyRules } from "../../args/flag_rules.ts";
import type { Context, Invocation, Source } from "../../command/command.ts";
import type { Flag } from "../../command/flag.ts";
import { newestFirst, openStoreAs, storeMode } from "../../shared/sign_in/store_options.ts";
import { wrap } from "../../terminal/layout.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./options/login_flags.ts";
import { LOGIN_RULES } from "./options/login_rules.ts";

type LoginInvocation = Invocation<typeof LOGIN_FLAGS>;

/** The line names the server and the account, and a placeholder is no value. */
function isRepeated([option, value]: [string, OptionTexts[string]]): boolean {
  const texts = value === undefined ? [] : [value].flat();
  return option !== "url" && option !== "account" && texts.length > 0 &&
    !texts.some((text) => typeof text === "string" && text.includes("<"));
}

async function storedEntry(
  { options }: LoginInvocation,
  runtime: Context["runtime"],
): Promise<StoredEntry | undefined> {
  const store = await openStoreAs(storeMode(options), runtime, options);
  const [newest] = newestFirst(await store.find(options.url ?? "", options.account));
  return newest && await store.read(newest.key);
}

/**
 * Adds the options of the sign-in with this name; those of the command line win. They are only for the
 * server of that sign-in.
 */
export async function withStoredOptions(
  invocation: LoginInvocation,
  name: string,
  { runtime }: Pick<Context, "runtime">,
): Promise<LoginInvocation> {
  const entry = await storedEntry(invocation, runtime);
  if (entry === undefined) return invocation;
  const flags = new Map<string, Flag<unknown>>(Object.entries(LOGIN_FLAGS));
  const added: [string, unknown][] = [];
  const sources = new Map<keyof LoginOptions, Source>(invocation.sources);
  const texts = new Map<keyof LoginOptions, readonly string[]>(invocation.texts);
  for (const [option, value] of Object.entries(signInOptions(entry)).filter(isRepeated)) {
    const key = option as keyof LoginOptions;
    const words = value === true ? [""] : [value ?? []].flat();
    const parsed = flags.get(option)?.read(words);
    if (parsed === undefined || "problem" in parsed || sources.has(key)) continue;
    added.push([option, parsed.value]);
    sources.set(key, "stored");
    texts.set(key, words);
  }
  const { client: { approach, clientId, clientSecret } } = entry;
  const isSecretOpen = !sources.has("clientSecret") && !sources.has("clientSecretFile");
  if (approach === "preregistered" && clientSecret !== undefined && isSecretOpen) {
    added.push(["clientSecret", clientSecret]);
    sources.set("clientSecret", "stored");
  }
  const options: LoginOptions = { ...invocation.options, ...Object.fromEntries(added) };
  const all = { ...invocation, options, sources, texts };
  const ruled = applyRules(LOGIN_RULES, LOGIN_FLAGS, all);
  // A secret belongs to one client.
  const isOther = ruled.options.clientId !== clientId;
  const found = isOther && ruled.sources.get("clientSecret") === "stored"
    ? { ...ruled, options: { ...ruled.options, clientSecret: undefined } }
    : ruled;
  report(found, entry, name, runtime);
  return found;
}

function report(
  { options, sources, texts }: LoginInvocation,
  { headerNames }: StoredEntry,
  name: string,
  { io }: Context["runtime"],
): void {
  if (options.quiet || options.progress === "json") return;
  const used = [...texts].filter(([option]) => sources.get(option) === "stored");
  const shown = used.map(([option, words]) =>
    [option, LOGIN_FLAGS[option].kind === "toggle" ? true : words] as const
  );
  const given = options.header.map(([header]) => header.toLowerCase());
  const missing = headerNames.filter((header) => !given.includes(header.toLowerCase()));
  const lines = [
    ...shown.length === 0
      ? []
      : [`As in the last sign-in to ${name}: ${flagsText(Object.fromEntries(shown))}`],
    ...missing.length === 0
      ? []
      : [`The last sign-in also sent ${missing.join(", ")}: add --header if it is needed`],
  ];
  io.err(lines.flatMap((line) => wrap(line, io.columns())).map((line) => `${line}\n`).join(""));
}
