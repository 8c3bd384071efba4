import { Failure, usageFailure } from "../../core/failure.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import { quoted } from "../../core/text.ts";
import type { TokenHolder } from "../../flow/mcp/authorized_fetch.ts";
import type { RefreshEffects } from "../../flow/context/effects.ts";
import {
  type CredentialRepository,
  storeRepository,
} from "../../flow/credentials/credential_repository.ts";
import type { StoredTokenOptions } from "../../flow/credentials/stored_token.ts";
import type { ReportRefusal } from "../../flow/mcp/refusal.ts";
import { signInNeeded } from "../../flow/context/sign_in_needed.ts";
import { isAccessToken } from "../../oauth/common/issued_token.ts";
import type { Store } from "../../store/store.ts";
import { DEFAULT_ACCOUNT, type EntrySummary, type StoredFlags } from "../../store/stored_entry.ts";
import type { Source } from "../command/command.ts";
import {
  flagGroup,
  longName,
  type OptionsOf,
  type Parsed,
  problem,
  secretValue,
  value,
  variableName,
} from "../command/flag.ts";
import { canAsk } from "../prompt/missing_options.ts";
import type { Runtime } from "../command/runtime.ts";
import { networkFlags } from "./sign_in_flags.ts";
import { obtainedAt, openStoreAs, STORE_FLAGS, storeMode } from "./store_options.ts";
import { path } from "../args/values.ts";
import { REQUEST_FLAGS } from "../args/common_flags.ts";
import { serverUrl } from "../args/url_value.ts";

const GROUP = "Credentials:";

/** Accepts what an `Authorization` header can carry (RFC 6750 §2.1). */
function accessToken(text: string): Parsed<string> {
  return isAccessToken(text) ? { value: text } : problem(
    "the value is not a valid access token (RFC 6750 §2.1)",
    "Use the token only, without Bearer or quotes",
  );
}

const STORED_FLAGS = flagGroup(GROUP, {
  credentialsFile: value(
    "<path>",
    "use the credentials in this file (from --credentials-out) instead of the store",
    path,
  ),
  ...STORE_FLAGS,
});

export const SIGN_IN_SERVER_FLAGS = flagGroup("Server:", {
  url: value("<url>", "the server: the same as the argument <server>", serverUrl),
});

export const STORED_SIGN_IN_FLAGS = { ...SIGN_IN_SERVER_FLAGS, ...STORED_FLAGS, ...REQUEST_FLAGS };

export const ACCESS_TOKEN_FLAGS = {
  ...flagGroup(GROUP, {
    accessToken: secretValue(
      "<token>",
      "access token to use; safer in MCPASS_ACCESS_TOKEN",
      accessToken,
    ),
    oauthAccessToken: secretValue("<token>", "the same as --access-token", accessToken),
  }),
  ...STORED_FLAGS,
};

type AccessTokenOptions = OptionsOf<typeof ACCESS_TOKEN_FLAGS>;

interface SourceOptions
  extends
    OptionsOf<typeof STORED_FLAGS>,
    Partial<Pick<AccessTokenOptions, "accessToken" | "oauthAccessToken">> {
  readonly noInput: boolean;
  readonly caFile?: string | undefined;
  readonly caStore?: string | undefined;
  readonly proxy?: string | undefined;
}

/** The options that matter where nobody has signed in. */
type NoSignInOption = "account" | "noInput" | "caFile" | "caStore" | "proxy";

export interface SourceInvocation {
  readonly options: SourceOptions;
  readonly sources: ReadonlyMap<string, Source>;
}

export type SourceRuntime = Pick<Runtime, "io" | "env" | "signal" | "prompter" | "load">;

interface RepositorySource {
  readonly kind: "file" | "store";
  readonly repository: CredentialRepository;
  /** Account label; undefined for a file. */
  readonly account: string | undefined;
  readonly loginFlags: StoredFlags | undefined;
}

export interface CredentialSource extends Partial<Omit<RepositorySource, "kind">> {
  readonly kind: "token" | "file" | "store";
  readonly where: string;
  /** @param report Called for a refusal that neither a refresh nor a step-up fixed. */
  holder(
    deps: RefreshEffects,
    report: ReportRefusal,
    stepUp: StoredTokenOptions["stepUp"],
  ): TokenHolder;
}

type Name = "accessToken" | "oauthAccessToken" | "credentialsFile" | "account" | "store";

/** Options that name credentials. Options of two different groups contradict each other. */
const TOKEN_OR_FILE: readonly (readonly Name[])[] = [
  ["accessToken", "oauthAccessToken"],
  ["credentialsFile"],
];
const OPTION_GROUPS = [...TOKEN_OR_FILE, ["account", "store"] as const];

/** The options without the variables that a flag overrides. */
function resolveSourceConflicts({ options, sources }: SourceInvocation): SourceOptions {
  const givenBy = (origin: Source, groups: readonly (readonly Name[])[]) =>
    groups.map((group) => group.filter((it) => sources.get(it) === origin))
      .filter((group) => group.length > 0);
  const typed = givenBy("flag", OPTION_GROUPS);
  // The variables of an account and a store are defaults: they contradict nothing.
  const rivals = typed.length > 0 ? typed : givenBy("variable", TOKEN_OR_FILE);
  if (rivals.length > 1) {
    const names = rivals.map(([name = "store"]) => {
      const flag = ACCESS_TOKEN_FLAGS[name];
      return sources.get(name) === "variable" ? variableName(flag) : longName(flag);
    });
    throw usageFailure(
      "conflicting_credentials",
      `${names.join(" and ")} name different credentials`,
      "Use one of them",
    );
  }
  const [winner] = rivals;
  if (winner === undefined) return options;
  const losers = OPTION_GROUPS.filter((group) => !group.some((name) => winner.includes(name)));
  return { ...options, ...Object.fromEntries(losers.flat().map((name) => [name, undefined])) };
}

function accessTokenOf({ accessToken, oauthAccessToken }: SourceOptions): string | undefined {
  const token = accessToken ?? oauthAccessToken;
  if (oauthAccessToken !== undefined && token !== oauthAccessToken) {
    throw usageFailure(
      "conflicting_credentials",
      "--access-token and --oauth-access-token are the same option, with two different tokens",
      "Use one of them",
    );
  }
  return token;
}

/** The newest sign-in of each account, because a login replaces the previous one. */
function newestByAccount(entries: readonly EntrySummary[]): EntrySummary[] {
  const newest = new Map<string, EntrySummary>();
  for (const entry of entries) {
    const other = newest.get(entry.account);
    if (other === undefined || obtainedAt(entry) > obtainedAt(other)) {
      newest.set(entry.account, entry);
    }
  }
  return [...newest.values()];
}

async function chooseAccount(
  serverUrl: string,
  entries: readonly EntrySummary[],
  noInput: boolean,
  { io, prompter }: SourceRuntime,
): Promise<EntrySummary | undefined> {
  if (!canAsk({ noInput }, io)) {
    const labels = entries.map(({ account }) => quoted(account, 60)).join(", ");
    throw usageFailure(
      "account_ambiguous",
      `there are several accounts at ${quoted(serverUrl)}: ${labels}`,
      "Choose one with --account <label>",
    );
  }
  const answer = await (await prompter()).ask({
    message: `Which account at ${serverUrl}?`,
    option: "account",
    choices: entries.map(({ account, issuer }) => ({ value: account, hint: issuer })),
  });
  return entries.find(({ account }) => account === answer);
}

/**
 * @param orRegistered True to accept a client that a login only registered.
 * @throws Failure `account_ambiguous` (usage), `not_signed_in` (exit 4), `store_…`.
 */
export async function findStoredSignIn(
  store: Store,
  serverUrl: string,
  { account, noInput, ...own }: Pick<SourceOptions, NoSignInOption>,
  runtime: SourceRuntime,
  orRegistered = false,
): Promise<EntrySummary> {
  const stored = await store.find(serverUrl, account);
  const entries = newestByAccount(stored.filter((it) => orRegistered || !it.registeredOnly));
  const found = entries.length > 1
    ? entries.find((entry) => entry.account === DEFAULT_ACCOUNT) ??
      await chooseAccount(serverUrl, entries, noInput, runtime)
    : entries[0];
  if (found !== undefined) return found;
  const [registered] = stored;
  if (registered !== undefined) {
    const message = `not signed in to ${quoted(serverUrl)}: only the registered client is stored`;
    throw signInNeeded("not_signed_in", message, registered);
  }
  throw await notSignedIn(store, serverUrl, { account, noInput, ...own });
}

/** The failure where nothing is stored: it names the accounts of the server, or a similar sign-in. */
async function notSignedIn(
  store: Store,
  serverUrl: string,
  { account, ...own }: Pick<SourceOptions, NoSignInOption>,
): Promise<Failure> {
  const others = account === undefined ? [] : newestByAccount(await store.find(serverUrl));
  const labels = others.map((entry) => quoted(entry.account, 60)).join(", ");
  const message = `nothing is stored for ${quoted(serverUrl)}` +
    (store.mode === "none" ? " (--store none)" : "") +
    (account === undefined ? "" : ` under the account ${quoted(account, 60)}`);
  if (labels === "") {
    const { nearSignIn } = await import("./near_sign_in.ts");
    const near = nearSignIn(serverUrl, (await store.list()).entries);
    if (near?.name !== undefined) {
      return new Failure(
        "not_signed_in",
        `${message}; there is a sign-in to ${quoted(near.serverUrl)}`,
        {
          kind: "sign_in_needed",
          remedy: `Did you mean the sign-in ${near.name}?`,
          commandFlags: { url: near.name },
        },
      );
    }
  }
  return signInNeeded(
    "not_signed_in",
    message + (labels === "" ? "" : `; other accounts: ${labels}`),
    { serverUrl, ...pickDefined({ account }), loginFlags: networkFlags(own) },
  );
}

/** `--credentials-file`, else the store. */
export async function findCredentialRepository(
  serverUrl: string,
  invocation: SourceInvocation,
  runtime: SourceRuntime,
  orRegistered = false,
): Promise<RepositorySource> {
  const options = resolveSourceConflicts(invocation);
  if (options.credentialsFile !== undefined) {
    const { fileRepository } = await import("../../flow/credentials/file_repository.ts");
    const repository = fileRepository(options.credentialsFile, serverUrl);
    const { loginFlags } = await repository.read() ?? {};
    return { kind: "file", repository, account: undefined, loginFlags };
  }
  const store = await openStoreAs(storeMode(options), runtime);
  const { key, account, loginFlags } = await findStoredSignIn(
    store,
    serverUrl,
    options,
    runtime,
    orRegistered,
  );
  return { kind: "store", repository: storeRepository(store, key), account, loginFlags };
}

/**
 * `--access-token`, `--credentials-file`, else the store. A flag overrides a variable.
 * @throws Failure `conflicting_credentials`, `account_ambiguous`, `credentials_file_…`, `not_signed_in`.
 */
export async function findCredentials(
  serverUrl: string,
  invocation: SourceInvocation,
  runtime: SourceRuntime,
): Promise<CredentialSource> {
  const token = accessTokenOf(resolveSourceConflicts(invocation));
  const { givenToken, storedToken } = await import("../../flow/credentials/stored_token.ts");
  if (token !== undefined) {
    return {
      kind: "token",
      where: "the command line",
      holder(deps, report) {
        deps.secrets.add(token);
        return givenToken(token, report, deps.secrets);
      },
    };
  }
  const stored = await findCredentialRepository(serverUrl, invocation, runtime);
  const { repository } = stored;
  return {
    ...stored,
    where: repository.where,
    holder: (deps, report, stepUp) => storedToken({ stepUp, deps, repository, serverUrl, report }),
  };
}
