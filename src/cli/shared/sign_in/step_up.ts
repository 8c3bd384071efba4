/** Signs a person in again because the server requires more scope (403 `insufficient_scope`). @module */

import { toFailure } from "../../../core/failure.ts";
import { printable } from "../../../core/text.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { authorizeParam } from "../../args/values.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { revokeUnstoredTokens } from "../../../flow/credentials/revoke.ts";
import { toStoredEntry } from "../../../flow/login/stored_login.ts";
import { changeEntry } from "../../../flow/credentials/change_sign_in.ts";
import type { CredentialRepository } from "../../../flow/credentials/credential_repository.ts";
import type { StoredTokenOptions } from "../../../flow/credentials/stored_token.ts";
import type { DiscoveryChoices, LoginPlan } from "../../../flow/context/login_plan.ts";
import { listedIssuer, signInCommand } from "../../../flow/context/sign_in_needed.ts";
import {
  certificateOf,
  registeredClient,
  withClient,
} from "../../../flow/credentials/stored_client.ts";
import type { ClientCertificate } from "../../../oauth/client/client_certificate.ts";
import { REVISION_IDS } from "../../../oauth/mcp/revision.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import { choicesOf, flagText } from "../discovery_choices.ts";
import type { CommandSession } from "../command_session.ts";
import type { TokenCommandOptions } from "../token_command_flags.ts";

function storedParameter(text: string | true) {
  const parsed = authorizeParam(String(text));
  return "value" in parsed ? [parsed.value] : [];
}

function stepUpPlan(
  entry: StoredEntry,
  scopes: readonly string[],
  options: TokenCommandOptions,
  stepTimeoutMs: number,
  certificate: ClientCertificate | undefined,
  choices: DiscoveryChoices,
): LoginPlan {
  const { client } = entry;
  const { clientId, clientSecret, privateKey, redirectUri } = client;
  const { loginFlags = {} } = entry;
  const redirectUrl = flagText(loginFlags["redirectUrl"]) ?? redirectUri ?? undefined;
  const registered = client.approach === "dcr";
  return {
    // The login gets a dynamically registered client from the store, so that it can register it again.
    registration: registered ? "dcr" : "preregistered",
    ...registered ? {} : pickDefined({ clientId, clientSecret, privateKey, redirectUrl }),
    serverUrl: entry.serverUrl,
    protocolVersion: REVISION_IDS.find((id) => id === entry.protocolVersion) ?? "auto",
    authMode: "interactive",
    clientName: flagText(loginFlags["clientName"]) ?? "mcpass",
    headers: options.header,
    stepTimeoutMs,
    consentTimeoutMs: 300_000,
    verifyTools: false,
    toolArgs: {},
    dryRun: false,
    authorizeParams: [loginFlags["authorizeParam"] ?? []].flat().flatMap(storedParameter),
    ...pickDefined({ par: loginFlags["par"] === undefined ? undefined : true as const }),
    ...pickDefined({ certificate, dpop: entry.dpopKey === undefined ? undefined : true as const }),
    tokenAuthMethod: client.tokenAuthMethod,
    scopes,
    ...choices,
    authorizationServer: listedIssuer(entry) ?? entry.issuer,
  };
}

/** Undefined if nobody can be asked. The new login uses the same client, issuer and relaxations. */
export function createStepUp(
  session: CommandSession,
  options: TokenCommandOptions,
  repository: CredentialRepository | undefined,
): StoredTokenOptions["stepUp"] {
  const { runtime: { io, env, load }, progress, http, secrets, clock, signal, note } = session;
  if (repository === undefined || !canAsk(options, io)) return undefined;
  return async (entry, scopes) => {
    if (entry.authMode !== "interactive") return false;
    note(
      `the server requires more scope; signing in again for "${printable(scopes.join(" "), 300)}"`,
    );
    const certificate = await certificateOf(entry);
    const choices = await choicesOf(entry, io);
    const plan = stepUpPlan(entry, scopes, options, session.stepTimeoutMs, certificate, choices);
    const registered = entry.client.approach === "dcr";
    let before = entry;
    const withScopes = { scopes: scopes.join(" ") };
    const parts = await load(() => import("../login_parts.ts"));
    const outcome = await parts.login(plan, {
      http,
      secrets,
      clock,
      signal,
      command: (flags) => signInCommand(entry, { ...withScopes, ...flags }),
      storedClient: registered ? registeredClient(entry) : undefined,
      async clientChanged(client) {
        await using _lock = await repository.lock(signal);
        const changed = await changeEntry(
          repository,
          (stored) => withClient(stored ?? before, client),
        );
        before = changed?.entry ?? before;
      },
      // The steps are shown, although the session of a command with a token does not show its own.
      emit(event) {
        session.recorder.emit(event);
        progress.emit(event);
      },
      openConsent: (redirectUrl) =>
        parts.openInteractiveConsent({
          serverUrl: entry.serverUrl,
          redirectUrl,
          env,
          command: signInCommand(entry, withScopes),
          io: progress.io,
          noInput: options.noInput,
          noColor: options.noColor,
          printUrl: false,
          browser: undefined,
        }),
    });
    if (outcome.failure !== null || outcome.session === null) {
      if (outcome.failure?.kind === "cancelled") throw outcome.failure;
      note(`the sign-in did not succeed: ${toFailure(outcome.failure).message}`);
      return false;
    }
    const next = toStoredEntry(plan, entry.protocolVersion, outcome.session, entry.account);
    await using _lock = await repository.lock(signal);
    const withSignIn = (stored: StoredEntry): StoredEntry => {
      // How the old token was refreshed says nothing about the new one.
      const { dpopKey: _, certificateAtServer: __, refresh: ___, journal: ____, ...rest } = stored;
      const { dpopKey, certificateAtServer, client, tokens, requestedScopes, grantedScope } = next;
      return {
        ...rest,
        ...pickDefined({ dpopKey, certificateAtServer }),
        client: registered ? client : rest.client,
        tokens,
        requestedScopes,
        grantedScope,
        loginFlags: { ...rest.loginFlags, ...withScopes },
      };
    };
    try {
      const { read } = repository;
      const write = (entry: StoredEntry) => repository.write(entry, "signed_in");
      await changeEntry({ read, write }, (stored) => withSignIn(stored ?? before));
    } catch (error) {
      const effects = { http, secrets, signal };
      throw (await revokeUnstoredTokens(effects, withSignIn(before), toFailure(error))).failure;
    }
    return true;
  };
}
