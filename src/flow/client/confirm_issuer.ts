/**
 * Credentials of the user are sent to an authorization server only after a flag, the stored sign-in
 * or the user confirmed that they belong to it.
 * @module
 */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { commandArgument, quoted } from "../../core/text.ts";
import { type GivenCredential, judgeIssuerBinding } from "../../oauth/metadata/issuer_binding.ts";
import type { RegistrationApproach } from "../../oauth/mcp/revision.ts";
import {
  discoveredIssuer,
  isKnownIssuer,
  type KnownIssuer,
  type ServerMetadata,
} from "../../oauth/metadata/server_metadata.ts";
import type { IssuerConfirmation } from "../context/issuer_confirmation.ts";
import { givenClientId, givenCredentials } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";

/** `the client secret and the client certificate`. */
export function listCredentials(credentials: readonly GivenCredential[]): string {
  const words = credentials.map((name) => `the ${name}`);
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((it) => it !== "").join(
    " and ",
  );
}

/** Text that tells the user how to confirm the issuer. */
async function confirmationHint(
  { deps: { issuers } }: LoginContext,
  issuer: string,
): Promise<string> {
  if (issuers === undefined) {
    return `sign in with --authorization-server ${commandArgument(issuer)}`;
  }
  const { line, variables } = await issuers.command(issuer);
  const set = variables.length === 0 ? "" : `, with ${variables.join(" and ")} set`;
  return `run${set}:\n  ${line}`;
}

/**
 * The failure for a server that names another issuer than before.
 *
 * @param owner What belongs to the issuer before, with its verb: `the client secret belongs`.
 */
export async function issuerChanged(
  context: LoginContext,
  server: ServerMetadata,
  before: string,
  owner: string,
): Promise<Failure> {
  const issuer = discoveredIssuer(server);
  return new Failure(
    "issuer_changed",
    `${quoted(context.plan.serverUrl)} now names the authorization server ${quoted(issuer)}, but ` +
      `${owner} to ${quoted(before)}; mcpass sent no credential to the new one`,
    {
      remedy:
        `Ask the operator of ${quoted(context.plan.serverUrl)} whether the authorization server ` +
        "was replaced. If it was, obtain credentials for the new one and " +
        await confirmationHint(context, issuer),
      reference: "MCP authorization, Authorization Server Binding",
    },
  );
}

async function issuerNotConfirmed(
  context: LoginContext,
  issuer: string,
  words: string,
): Promise<Failure> {
  const { serverUrl } = context.plan;
  return new Failure(
    "issuer_not_confirmed",
    `${quoted(serverUrl)} names the authorization server ${quoted(issuer)}, which is at another ` +
      `site; mcpass did not send ${words}, because nobody confirmed this issuer`,
    {
      remedy: `If ${quoted(issuer)} is the authorization server that you expect, ` +
        await confirmationHint(context, issuer),
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
    remedy: "If this is the authorization server that you expect, add --authorization-server " +
      commandArgument(issuer),
    reference: "RFC 7523 §3; RFC 9700 §4.4",
  };
}

/**
 * Makes sure that the given credentials belong to this authorization server, before any of them is
 * sent. With `--dry-run` nobody is asked: a finding says what a login would do.
 *
 * @param known Issuers that this login used before; absent: those of the stored sign-ins.
 * @throws Failure `issuer_not_confirmed`, `issuer_changed`, `cancelled`, `store_…`.
 */
export async function confirmIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
  known?: readonly KnownIssuer[],
): Promise<void> {
  const { plan, deps: { issuers } } = context;
  const { serverUrl, authorizationServer: named } = plan;
  const credentials = givenCredentials(plan);
  if (credentials.length === 0 || named !== undefined) return;
  const client = { serverUrl, approach, clientId: givenClientId(plan) };
  const before = known ?? await issuers?.stored(client) ?? [];
  const verdict = await judgeIssuerBinding({
    serverUrl,
    server,
    named,
    credentials,
    known: before,
  });
  if (verdict === "confirmed") return;
  const issuer = discoveredIssuer(server);
  if (verdict === "bound") return context.judge([issuerBoundByKey(issuer)]);
  const words = listCredentials(credentials);
  const belong = credentials.length === 1 ? "belongs" : "belong";
  const failure = verdict === "changed"
    ? await issuerChanged(context, server, before[0]?.issuer ?? "", `${words} ${belong}`)
    : await issuerNotConfirmed(context, issuer, words);
  if (plan.dryRun) return context.judge([dryRunFinding(failure, verdict === "changed", issuers)]);
  if (verdict === "changed" || issuers?.ask === undefined) throw failure;
  if (!await issuers.ask({ serverUrl, issuer, credentials })) throw failure;
}

/**
 * The issuer of the stored sign-ins of the given client, if none of them is at this authorization
 * server. Undefined without stored sign-ins, with `--authorization-server`, and with credentials, whose
 * issuer {@link confirmIssuer} checks.
 *
 * @throws Failure `store_…`.
 */
export async function otherStoredIssuer(
  { plan, deps: { issuers } }: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
): Promise<string | undefined> {
  const isDecided = plan.authorizationServer !== undefined || givenCredentials(plan).length > 0;
  if (isDecided) return undefined;
  const client = { serverUrl: plan.serverUrl, approach, clientId: givenClientId(plan) };
  const known = await issuers?.stored(client) ?? [];
  return known.some((it) => isKnownIssuer(server, it)) ? undefined : known[0]?.issuer;
}

/**
 * Handles an MCP server that names another authorization server than before. A preregistered client
 * belongs to the old one, so the login ends. Any other client can sign in at the new one: a warning is
 * reported, and the person is asked if that is possible.
 *
 * @param before The issuer before.
 * @throws Failure `issuer_changed` for a preregistered client and when a person declines, `cancelled`.
 */
export async function moveToIssuer(
  context: LoginContext,
  server: ServerMetadata,
  approach: RegistrationApproach,
  before: string,
): Promise<void> {
  const { plan: { authorizationServer, dryRun, serverUrl }, deps: { issuers } } = context;
  const issuer = discoveredIssuer(server);
  if (approach === "preregistered") {
    const failure = await issuerChanged(context, server, before, "the given client belongs");
    if (dryRun) return context.judge([dryRunFinding(failure, true, issuers)]);
    throw failure;
  }
  context.judge([{
    code: "issuer_migrated",
    severity: "warning",
    message: `${quoted(serverUrl)} now names the authorization server ${quoted(issuer)}; before, ` +
      `it named ${quoted(before)}. ` +
      (approach === "dcr"
        ? "mcpass registers the client at the new one"
        : "mcpass signs in at the new one"),
    remedy:
      "If you do not expect this, ask the operator of the MCP server before you sign in. To accept " +
      `only the old authorization server: --authorization-server ${commandArgument(before)}`,
    reference: "MCP authorization, Authorization Server Binding",
  }]);
  if (authorizationServer !== undefined || issuers?.ask === undefined || dryRun) return;
  if (await issuers.ask({ serverUrl, issuer, previous: before, credentials: [] })) return;
  throw await issuerChanged(context, server, before, "the previous sign-in belongs");
}

function dryRunFinding(
  { code, message, remedy = "", reference = "" }: Failure,
  changed: boolean,
  issuers: IssuerConfirmation | undefined,
): Judgement {
  const asks = !changed && issuers?.ask !== undefined;
  return {
    code,
    severity: "warning",
    message: `a login would ${asks ? "ask you to confirm" : "end here"}: ${message}`,
    remedy,
    reference,
  };
}
