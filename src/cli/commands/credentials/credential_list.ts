import { matchingServers } from "../../../store/matching_servers.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import { parseScope } from "../../../oauth/mcp/scope.ts";
import type { StoreMode } from "../../../store/store.ts";
import type { Runtime } from "../../command/runtime.ts";
import {
  type DatabaseStoreOptions,
  openStoreAs,
  storeMode,
} from "../../shared/sign_in/store_options.ts";
import type { CredentialRequest } from "./credential_request.ts";
import type { ListedSignIn } from "./credential_response.ts";
import { verdictOf } from "./status_verdict.ts";

/** The stored sign-ins without their secrets: all, or those of the URL and account of the request. */
export async function listSignIns(
  { url, account }: CredentialRequest,
  options: DatabaseStoreOptions & {
    readonly store: StoreMode | undefined;
    readonly noStore: boolean;
  },
  runtime: Runtime,
): Promise<ListedSignIn[]> {
  const servers = url === undefined ? undefined : matchingServers(url) ?? [];
  const store = await openStoreAs(storeMode(options), runtime, options);
  const { entries } = await store.list();
  const now = runtime.clock.now();
  return entries.filter((entry) =>
    (servers === undefined || servers.includes(canonicalServer(entry.serverUrl))) &&
    (account === undefined || entry.account === account)
  ).map((entry) => ({
    url: entry.serverUrl,
    account: entry.account,
    name: entry.name ?? null,
    issuer: entry.issuer,
    tokenType: entry.tokens?.tokenType ?? null,
    scope: entry.grantedScope === null ? null : parseScope(entry.grantedScope),
    expiresAt: entry.tokens?.expiresAt ?? null,
    signedIn: verdictOf(entry, now).signedIn,
  }));
}
