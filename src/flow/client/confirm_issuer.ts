/**
 * Credentials of the user are sent to an authorization server only after a flag, the stored sign-in
 * or the user confirmed that they belong to it. @module
 */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { type GivenCredential, judgeIssuerBinding } from "../../oauth/metadata/issuer_binding.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import {
  discoveredIssuer,
  isKnownIssuer,
  type KnownIssuer,
  type ServerMetadata,
} from "../../oauth/metadata/server_metadata.ts";
import { givenClientId, givenCredentials } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";

/** `the client secret and the client certificate`. */
export function listCredentials(credentials: readonly GivenCredential[]): string {
  const words = credentials.map((name) => `the ${name}`);
  const last = words.pop() ?? "";
  return words.length === 0 ? last : `${words.join(", ")} and ${last}`;
}

/**
 * The failure for a server that names another issuer than before.
 *
 * @param owner What belongs to the issuer before, with its verb: `the client secret belongs`.
 */
function issuerChanged(context: LoginContext, issuer: string, before: string, owner: string) {
  const server = quoted(context.plan.serverUrl);
  return new Failure(
    "issuer_changed",
    `${server} now names the authorization server ${quoted(issuer)}, but ` +
      `${owner} to ${quoted(before)}; mcpass sent no credential to the new one`,
    {
      remedy:
        `Ask the operator of ${server} whether the authorization server was replaced. If it ` +
        "was, sign in with credentials for the new one",
      loginFlags: { authorizationServer: issuer },
      reference: "MCP authorization, Authorization Server Binding",
    },
  );
}

function issuerNotConfirmed(context: LoginContext, issuer: string, words: string) {
  const server = quoted(context.plan.serverUrl);
  return new Failure(
    "issuer_not_confirmed",
    `${server} names the authorization server ${
      quoted(issuer)
    }, which is at another site; mcpass ` +
      `did not send ${words}, because nobody confirmed this issuer`,
    {
      remedy: `If ${quoted(issuer)} is the authorization server that you expect, confirm it`,
      loginFlags: { authorizationServer: issuer },
      reference: "MCP authorization, Authorization Server Binding; RFC 9700 §4.4",
    },
  );
}

function issuerBoundByKey(issuer: string): Judgement {
  return {
    code: "issuer_bound_by_key",
    severity: "warning",
    message:
      `nobody confirmed the issuer ${quoted(issuer)}, which is at another site than the MCP ` +
      "server; the login continues because assertions that the private key signs name this issuer " +
      "as their audience",
    remedy: "If this is the authorization server that you expect, confirm it",
    loginFlags: { authorizationServer: issuer },
    reference: "RFC 7523 §3; RFC 9700 §4.4",
  };
}

/** The issuers of the stored sign-ins of the given client. */
async function storedIssuers({ plan, deps }: LoginContext, approach: RegistrationApproach) {
  const client = { serverUrl: plan.serverUrl, approach, clientId: givenClientId(plan) };
  return await deps.issuers?.stored(client) ?? [];
}

function judgeDryRun(context: LoginContext, failure: Failure, asks: boolean): void {
  const { code, message, remedy = "", loginFlags, reference = "" } = failure;
  const ends = asks ? "ask you to confirm" : "end here";
  const said = `a login would ${ends}: ${message}`;
  const finding = { code, message: said, remedy, loginFlags, reference };
  context.judge([{ ...finding, severity: "warning" }]);
}

/**
 * Makes sure that the given credentials belong to this authorization server, before any of them is
 * sent. With `--dry-run` nobody is asked: a finding says what a login would do.
 *
 * @param known Issuers that this login used before, else those of the stored sign-ins.
 */
async function confirmCredentials(
  context: LoginContext,
  server: ServerMetadata,
  known: readonly KnownIssuer[],
): Promise<void> {
  const { plan, deps: { issuers } } = context;
  const { serverUrl, authorizationServer: named } = plan;
  const credentials = givenCredentials(plan);
  const verdict = await judgeIssuerBinding({ serverUrl, server, named, credentials, known });
  if (verdict === "confirmed") return;
  const issuer = discoveredIssuer(server);
  if (verdict === "bound") return context.judge([issuerBoundByKey(issuer)]);
  const words = listCredentials(credentials);
  const belong = credentials.length === 1 ? "belongs" : "belong";
  const failure = verdict === "changed"
    ? issuerChanged(context, issuer, known[0]?.issuer ?? "", `${words} ${belong}`)
    : issuerNotConfirmed(context, issuer, words);
  const ask = verdict === "changed" ? undefined : issuers?.ask;
  if (plan.dryRun) return judgeDryRun(context, failure, ask !== undefined);
  if (!await ask?.({ serverUrl, issuer, credentials })) throw failure;
}

/**
 * Handles an MCP server that names another authorization server than before. A preregistered client
 * belongs to the old one, so the login ends. Any other client can sign in at the new one: a warning is
 * reported, and the person is asked if that is possible.
 */
async function moveToIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
  before: string,
): Promise<void> {
  const { plan: { authorizationServer, dryRun, serverUrl }, deps: { issuers } } = context;
  const issuer = discoveredIssuer(server);
  if (approach === "preregistered") {
    const failure = issuerChanged(context, issuer, before, "the given client belongs");
    if (dryRun) return judgeDryRun(context, failure, false);
    throw failure;
  }
  const acts = approach === "dcr" ? "registers the client" : "signs in";
  context.judge([{
    code: "issuer_migrated",
    severity: "warning",
    message: `${quoted(serverUrl)} now names the authorization server ${quoted(issuer)}; before, ` +
      `it named ${quoted(before)}. mcpass ${acts} at the new one`,
    remedy:
      "If you do not expect this, ask the operator of the MCP server before you sign in. To accept " +
      "only the old authorization server",
    loginFlags: { authorizationServer: before },
    reference: "MCP authorization, Authorization Server Binding",
  }]);
  if (authorizationServer !== undefined || issuers?.ask === undefined || dryRun) return;
  if (await issuers.ask({ serverUrl, issuer, previous: before, credentials: [] })) return;
  throw issuerChanged(context, issuer, before, "the previous sign-in belongs");
}

/**
 * Makes sure that the credentials and the client of a login belong to this authorization server.
 *
 * @param earlier The authorization server that this login used before.
 * @param moved The issuer of a stored client that is registered at another authorization server.
 * @throws Failure `issuer_not_confirmed`, `issuer_changed`, `cancelled`, `store_…`.
 */
export async function confirmIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
  earlier: ServerMetadata | undefined,
  moved: string | undefined,
): Promise<void> {
  const { plan } = context;
  const isPinned = plan.authorizationServer !== undefined;
  const hasCredentials = givenCredentials(plan).length > 0;
  let before = earlier?.issuer ?? moved;
  if (hasCredentials && !isPinned) {
    const known = earlier ? [earlier] : await storedIssuers(context, approach);
    await confirmCredentials(context, server, known);
  } else if (before === undefined && !isPinned) {
    const known = await storedIssuers(context, approach);
    if (!known.some((it) => isKnownIssuer(server, it))) before = known[0]?.issuer;
  }
  if (before !== undefined) await moveToIssuer(context, server, approach, before);
}
