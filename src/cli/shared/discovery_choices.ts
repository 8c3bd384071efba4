/** Decisions about discovery: of the command line, else of the stored sign-in. @module */

import { namedUrls } from "../../core/named_hosts.ts";
import { pickDefined } from "../../core/pick_defined.ts";
import type { Io } from "../../core/system.ts";
import type { DiscoveryChoices, GivenMetadata } from "../../flow/context/login_plan.ts";
import type { SignIn } from "../../flow/context/sign_in_needed.ts";
import { LATEST, REVISION_IDS, type RevisionId } from "../../oauth/mcp/revision.ts";
import type { StoredFlags } from "../../store/stored_entry.ts";
import type { Store } from "../../store/store.ts";
import type { DiscoveryOptions } from "../args/discovery_flags.ts";
import type { Runtime } from "../command/runtime.ts";
import { newestFirst, openStoreAs } from "./sign_in/store_options.ts";

/** Without the metadata of `--authorization-server-metadata`, which has to be read. */
export function discoveryChoices(
  { authorizationServer, resource, resourceMetadata, trustIssuer, trustPkce }: DiscoveryOptions,
): DiscoveryChoices {
  return pickDefined({ authorizationServer, resource, resourceMetadata, trustIssuer, trustPkce });
}

export function flagText(value: StoredFlags[string] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** {@link readGivenMetadata}, loaded if there is something to read. */
export async function givenMetadata(
  source: string | undefined,
  io: Io,
): Promise<GivenMetadata | undefined> {
  if (source === undefined) return undefined;
  return await (await import("./given_metadata.ts")).readGivenMetadata(source, io);
}

/** The decisions of a sign-in, which apply to everything that is done with it. */
export async function choicesOf(
  { relaxations = {}, loginFlags = {} }: Partial<SignIn>,
  io: Io,
): Promise<DiscoveryChoices> {
  const authorizationServer = flagText(loginFlags["authorizationServer"]);
  const resourceMetadata = flagText(loginFlags["resourceMetadata"]);
  const serverMetadata = await givenMetadata(
    flagText(loginFlags["authorizationServerMetadata"]),
    io,
  );
  return {
    ...relaxations,
    ...pickDefined({ authorizationServer, resourceMetadata, serverMetadata }),
  };
}

/** The revision that a sign-in was pinned to; without a pin, its checks are those of the latest one. */
export function pinnedRevision({ protocolVersion }: Partial<SignIn>): RevisionId | undefined {
  return REVISION_IDS.find((id) => id === protocolVersion && id !== LATEST.id);
}

/** The sign-in as a login with these flags would make it. */
export function withChoices(
  signIn: SignIn,
  options: DiscoveryOptions & { readonly protocolVersion?: RevisionId | "auto" | undefined },
): SignIn {
  const { authorizationServer, resourceMetadata, ...relaxations } = discoveryChoices(options);
  const { authorizationServerMetadata } = options;
  const protocolVersion = options.protocolVersion === "auto" ? undefined : options.protocolVersion;
  const { loginFlags, ...others } = signIn;
  return {
    ...others,
    relaxations: { ...signIn.relaxations, ...relaxations },
    loginFlags: {
      ...loginFlags,
      ...pickDefined({ authorizationServer, authorizationServerMetadata, resourceMetadata }),
      ...pickDefined({ protocolVersion }),
    },
  };
}

/**
 * The stored sign-in for a server: of the default account, else the newest one. Undefined if there is
 * none, or the store is unusable.
 */
export async function storedSignIn(
  serverUrl: string,
  runtime: Pick<Runtime, "env" | "signal" | "load">,
): Promise<SignIn | undefined> {
  const list = async (store: Store) => (await store.list(serverUrl)).entries;
  const entries = await openStoreAs("auto", runtime, {}).then(list).catch(() => []);
  const { DEFAULT_ACCOUNT } = await import("../../store/stored_entry.ts");
  return entries.find(({ account }) => account === DEFAULT_ACCOUNT) ?? newestFirst(entries)[0];
}

/** The hosts that the person named, now or at the sign-in: requests may reach them in any network. */
export async function namedHosts(
  serverUrl: string,
  options: DiscoveryOptions,
  runtime: Pick<Runtime, "env" | "signal" | "load">,
): Promise<{ readonly namedUrls: readonly string[] }> {
  const stored = (await storedSignIn(serverUrl, runtime))?.namedHosts ?? [];
  return { namedUrls: [...namedUrls(options), ...stored.map((host) => `https://${host}`)] };
}
