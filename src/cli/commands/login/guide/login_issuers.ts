import { quoted } from "../../../../core/text.ts";
import { listCredentials } from "../../../../flow/client/confirm_issuer.ts";
import type { ClientAtServer, IssuerQuestion } from "../../../../flow/context/effects.ts";
import { fileRepository } from "../../../../flow/credentials/file_repository.ts";
import type { RegistrationApproach } from "../../../../oauth/mcp/revision.ts";
import type { KnownIssuer } from "../../../../oauth/metadata/server_metadata.ts";
import { DEFAULT_ACCOUNT, type StoredEntry } from "../../../../store/stored_entry.ts";
import type { LoginOptions } from "../options/login_flags.ts";
import type { LoginRun } from "../plan_login.ts";
import type { Runtime } from "../../../command/runtime.ts";
import type { Progress } from "../../../terminal/progress.ts";
import { openStoreAs, storeMode } from "../../../shared/sign_in/store_options.ts";

type StoredSignIn = Pick<StoredEntry, "account" | "endpoints" | "issuer"> & {
  readonly client: Pick<StoredEntry["client"], "approach" | "clientId">;
};

/** Compared without a client ID: it changes with each registration, and `none` has no client. */
const WITHOUT_ID: readonly RegistrationApproach[] = ["dcr", "none"];

function isClient({ client }: StoredSignIn, { approach, clientId }: ClientAtServer): boolean {
  return client.approach === approach &&
    (WITHOUT_ID.includes(approach) || client.clientId === clientId);
}

async function fileEntries(
  { account = DEFAULT_ACCOUNT, credentialsOut }: LoginOptions,
  client: ClientAtServer,
): Promise<readonly StoredSignIn[]> {
  if (credentialsOut === undefined) return [];
  // A file without a valid sign-in is ignored: the login replaces it.
  const repository = fileRepository(credentialsOut, client.serverUrl);
  const entry = await repository.read().catch(() => undefined);
  return entry !== undefined && isClient(entry, client) ? [{ ...entry, account }] : [];
}

/** The issuers of a client's stored sign-ins: those of the account, else those of all accounts. */
export async function storedIssuers(
  { invocation: { options }, runtime }: LoginRun,
  client: ClientAtServer,
): Promise<readonly KnownIssuer[]> {
  // The store is read even if the login will not write to it: --dry-run, --credentials-out.
  const store = await openStoreAs(storeMode(options), runtime, options);
  const found = (await store.find(client.serverUrl))
    .filter((entry) => isClient(entry, client) && !entry.registeredOnly);
  // Another program may have written a file that cannot be opened, so it confirms no issuer.
  const opened = await Promise.all(found.map(({ key }) => store.read(key).catch(() => undefined)));
  const entries: StoredSignIn[] = opened.filter((entry) => entry !== undefined);
  entries.push(...await fileEntries(options, client));
  const own = entries.filter(({ account }) => account === (options.account ?? DEFAULT_ACCOUNT));
  return (own.length > 0 ? own : entries)
    .map(({ issuer, endpoints }) => ({ issuer, tokenEndpoint: endpoints.token }));
}

/** "Yes" adds the authorization server to the equivalent command. */
export async function askIssuer(
  runtime: Runtime,
  progress: Progress,
  { serverUrl, issuer, previous, credentials }: IssuerQuestion,
): Promise<boolean> {
  progress.finish();
  const prompter = await runtime.prompter();
  const before = previous === undefined
    ? [
      `The MCP server ${quoted(serverUrl)} names an authorization server at another site:`,
      `  ${issuer}`,
    ]
    : [
      `The MCP server ${quoted(serverUrl)} now names another authorization server:`,
      `  ${issuer}`,
      "Before, it named:",
      `  ${previous}`,
    ];
  const answer = await prompter.ask({
    message: credentials.length === 0
      ? `Sign in at ${issuer}?`
      : `Send ${listCredentials(credentials)} to ${issuer}?`,
    before: [
      ...before,
      credentials.length === 0
        ? "A wrong authorization server could collect your sign-in. Answer yes only if you know it."
        : "A wrong authorization server could keep and use what you send. Answer yes only if you " +
          `know that ${listCredentials(credentials)} belongs to it.`,
    ],
    choices: [
      { value: "no", label: "No, stop here", sets: {} },
      { value: "yes", label: "Yes", sets: { authorizationServer: issuer } },
    ],
  });
  return answer === "yes";
}
