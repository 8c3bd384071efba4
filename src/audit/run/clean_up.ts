/** Removes the clients (RFC 7592) and tokens (RFC 7009) of an audit. @module */

import { Failure } from "../../core/failure.ts";
import type { HttpClient, HttpResponse } from "../../http/http_client.ts";
import { authenticateClient } from "../../oauth/client/client_auth.ts";
import { observed } from "../judge/refusal.ts";
import type { Residue, ResidueEntry } from "./residue.ts";

export interface CleanUpResult {
  /** Clients that were registered, and removed. */
  readonly clients: { readonly registered: number; readonly removed: number };
  /** What could not be removed, and why. */
  readonly left: readonly { readonly what: string; readonly why: string }[];
}

/** The start of a reason for which another attempt is useless. */
export const NOT_OFFERED = "the server offers no";

interface CleanUpDeps {
  readonly http: Pick<HttpClient, "send">;
}

const nameOf = (entry: ResidueEntry): string =>
  entry.kind === "client"
    ? `client ${entry.clientId ?? "(its registration was interrupted)"}`
    : `${entry.hint.replace("_", " ")} of client ${entry.clientId}`;

/** Undefined if the server offers no way to remove it. */
async function sendRemoval(
  entry: ResidueEntry,
  { http }: CleanUpDeps,
): Promise<HttpResponse | undefined> {
  if (entry.kind === "client") {
    const { registrationUri, registrationToken } = entry;
    if (registrationUri === null || registrationToken === null) return undefined;
    return await http.send({
      purpose: "registration",
      step: "registration",
      method: "DELETE",
      url: registrationUri,
      headers: [["authorization", `Bearer ${registrationToken}`]],
    });
  }
  if (entry.revocationEndpoint === null) return undefined;
  const form = new URLSearchParams({ token: entry.token, token_type_hint: entry.hint });
  const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
  const { clientId, clientSecret, method } = entry;
  // The file has no keys: without one the client only names itself.
  const usable = clientSecret === null ? "none" : method;
  await authenticateClient(usable, { clientId, clientSecret: clientSecret ?? "" }, form, headers);
  return await http.send({
    purpose: "token",
    step: "token",
    method: "POST",
    url: entry.revocationEndpoint,
    headers: [...headers],
    body: form.toString(),
  });
}

/** Tokens first: a deleted client cannot revoke them. */
const inOrder = (entries: Iterable<ResidueEntry>): ResidueEntry[] =>
  [...entries].sort((a, b) => Number(a.kind === "client") - Number(b.kind === "client"));

export async function cleanUp(residue: Residue, deps: CleanUpDeps): Promise<CleanUpResult> {
  const left: { what: string; why: string }[] = [];
  for (const entry of inOrder(residue.entries)) {
    const isClient = entry.kind === "client";
    const what = nameOf(entry);
    try {
      const response = await sendRemoval(entry, deps);
      if (response === undefined) {
        left.push({ what, why: `${NOT_OFFERED} ${isClient ? "deletion" : "revocation"}` });
      } else if (response.status < 300) {
        await residue.delete(entry);
      } else {
        left.push({ what, why: observed(response) });
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      left.push({ what, why: error.message });
    }
  }
  return { clients: residue.clients, left };
}
