/** The `fetch` of a bridge, with the token of the sign-in: a bridge lives longer than a token. @module */

import { unlessAborted } from "../../../core/abort.ts";
import { Failure, toFailure } from "../../../core/failure.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { quoted } from "../../../core/text.ts";
import { signInNeeded, signInRemedy } from "../../../flow/context/sign_in_needed.ts";
import {
  authorizedFetch,
  type Fetch,
  type TokenHolder,
  withoutRedirect,
} from "../../../flow/mcp/authorized_fetch.ts";
import type { HttpClient } from "../../../http/http_client.ts";
import type { StoredEntry } from "../../../store/stored_entry.ts";
import type { Invocation } from "../../command/command.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { type CredentialSource, findCredentials } from "../../shared/sign_in/credential_source.ts";
import type { BRIDGE_FLAGS } from "./bridge_flags.ts";

export interface BridgeFetch {
  /** @throws Failure of kind `sign_in_needed`, for a POST. */
  readonly fetch: Fetch;
  /** Undefined if nothing is stored. */
  source(): CredentialSource | undefined;
  /** Resolves when no token is being obtained, or by the signal: an aborted refresh loses a token. */
  settled(until: AbortSignal): Promise<void>;
}

interface BridgeFetchOptions {
  readonly session: CommandSession;
  readonly invocation: Invocation<typeof BRIDGE_FLAGS>;
  readonly http: HttpClient;
  /** Aborted when {@link BridgeFetchOptions.http} ends. */
  readonly closed: AbortSignal;
}

/** The same holder; `running` has what it waits for. */
function tracked(holder: TokenHolder, running: Set<Promise<unknown>>): TokenHolder {
  async function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }
  return {
    ...holder,
    token: () => track(holder.token()),
    refused: (response, token, ask) => track(holder.refused(response, token, ask)),
  };
}

/** The server requires more scope than the token has: {@link Failure.detail} names it. */
function scopeNeeded(entry: StoredEntry, scopes: readonly string[]): never {
  const text = scopes.join(" ");
  throw new Failure("insufficient_scope", `the server requires the scope ${quoted(text, 300)}`, {
    kind: "sign_in_needed",
    remedy: signInRemedy(entry, "Sign in with more scope", { scopes: text }),
    detail: `scope ${text}`,
  });
}

/** @throws Failure as `findCredentials`, but not `not_signed_in`: the server may need no token. */
export async function openBridgeFetch(
  { session, invocation, http, closed }: BridgeFetchOptions,
): Promise<BridgeFetch> {
  const { runtime, serverUrl } = session;
  const account = pickDefined({ account: invocation.options.account });
  const streaming = http.streaming(() => "request");
  const { clock, note, secrets, stepTimeoutMs } = session;
  const running = new Set<Promise<unknown>>();
  let source: CredentialSource | undefined;
  let fetch: Fetch;
  /** Why there is no source. */
  let missing: Failure | undefined;

  const withoutToken: Fetch = async (input, init) => {
    const response = await withoutRedirect(await streaming(input, init), init?.method);
    if (response.status !== 401 || init?.method !== "POST") return response;
    await response.body?.cancel();
    // It names the sign-in to the same server with another URL, such as http://localhost.
    const near = missing?.commandFlags === undefined ? undefined : missing.message;
    const message = near ?? `not signed in to ${quoted(serverUrl)}`;
    throw signInNeeded("not_signed_in", message, { serverUrl, ...account });
  };

  async function open(): Promise<void> {
    source = await findCredentials(serverUrl, invocation, runtime).catch((error) => {
      missing = toFailure(error);
      if (missing.code === "not_signed_in") return undefined;
      throw error;
    });
    if (source === undefined) {
      fetch = withoutToken;
      return;
    }
    session.trustAsStored(source.loginFlags);
    let refusal = "";
    const holder = source.holder(
      { clock, note, secrets, stepTimeoutMs, http, signal: closed },
      ({ message }) => refusal = message,
      (entry, scopes) => scopeNeeded(entry, scopes),
    );
    const authorized = authorizedFetch(streaming, tracked(holder, running));
    const at = { serverUrl, ...pickDefined({ account: source.account }) };
    fetch = async (input, init) => {
      const response = await authorized(input, init);
      if (response.status !== 401 || init?.method !== "POST") return response;
      await response.body?.cancel();
      throw signInNeeded("token_rejected", refusal, at);
    };
  }

  await open();
  return {
    source: () => source,
    async settled(until) {
      await unlessAborted(Promise.allSettled(running), until).catch(() => {});
    },
    async fetch(input, init) {
      for (let isFirst = true;; isFirst = false) {
        const used = fetch;
        try {
          return await used(input, init);
        } catch (error) {
          if (toFailure(error).kind !== "sign_in_needed") throw error;
          // Another process may have signed in: then there is another token, or another client.
          const before = source?.obtainedAt;
          if (used === fetch) await open();
          if (!isFirst || source?.obtainedAt === before) throw error;
        }
      }
    },
  };
}
