/**
 * Given credentials are sent to an authorization server only after it was determined that they belong
 * to it: by a flag, by the stored sign-in, or by a person.
 *
 * @module
 */

import { Failure } from "../core/failure.ts";
import type { Judgement } from "../core/finding.ts";
import { commandArgument, quoted } from "../core/text.ts";
import { AUTH_MODES } from "../oauth/auth_mode.ts";
import { type GivenCredential, judgeIssuerBinding } from "../oauth/issuer_binding.ts";
import type { RegistrationApproach } from "../oauth/revision.ts";
import {
  isKnownIssuer,
  judgedIssuer,
  type KnownIssuer,
  type ServerMetadata,
} from "../oauth/server_metadata.ts";
import type { LoginPlan } from "./login_plan.ts";
import type { Run } from "./run.ts";

/** The client whose stored sign-ins are looked for. */
export interface ClientAtServer {
  /** MCP server URL. */
  readonly serverUrl: string;
  /** How the client is identified; a registered client has no id before its registration. */
  readonly approach: RegistrationApproach;
  /** Its id; empty for a client that is registered and for none. */
  readonly clientId: string;
}

/** What a person is asked. */
export interface IssuerQuestion {
  /** MCP server URL. */
  readonly serverUrl: string;
  /** The authorization server that it names. */
  readonly issuer: string;
  /** The issuer before, for a login that moves to another one. */
  readonly previous?: string;
  /** What would be sent there; empty when only a registration and a browser would be. */
  readonly credentials: readonly GivenCredential[];
}

/** A command line without secrets. */
export interface PinnedCommand {
  /** The line. */
  readonly line: string;
  /** The variables that have to be set for it: those of the secrets that are not in it. */
  readonly variables: readonly string[];
}

/** How the issuer of given credentials is determined. */
export interface IssuerConfirmation {
  /** The issuers of the stored sign-ins of a client. */
  stored(client: ClientAtServer): Promise<readonly KnownIssuer[]>;
  /** Asks a person; absent where nobody can be asked. */
  readonly ask?: (question: IssuerQuestion) => Promise<boolean>;
  /** The command line of this login, pinned to an issuer. */
  command(issuer: string): Promise<PinnedCommand>;
}

/** What was given for the authorization server; other options rule out what a client does not send. */
function givenCredentials(plan: LoginPlan): GivenCredential[] {
  const given: readonly (readonly [GivenCredential, unknown])[] = [
    ["client secret", plan.clientSecret],
    ["client certificate", plan.certificate],
    ["assertion", plan.assertion],
    ["identity assertion", plan.identityProvider],
    ["initial access token", plan.registrationToken],
    ["software statement", plan.softwareStatement],
    ["private key", plan.privateKey],
  ];
  return given.filter(([, value]) => value !== undefined).map(([name]) => name);
}

/** `the client secret and the client certificate`. */
export function credentialWords(credentials: readonly GivenCredential[]): string {
  const words = credentials.map((name) => `the ${name}`);
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((it) => it !== "").join(
    " and ",
  );
}

const idOf = ({ clientId, clientMetadataUrl }: LoginPlan) => clientId ?? clientMetadataUrl ?? "";

/** The issuers of the stored sign-ins, as far as the plan alone says which client will be used. */
export async function storedIssuers(run: Run): Promise<readonly string[]> {
  const { plan, deps: { issuers } } = run;
  const approach = plan.clientId !== undefined
    ? "preregistered"
    : plan.clientMetadataUrl !== undefined
    ? "cimd"
    : AUTH_MODES[plan.authMode].clientless
    ? "none"
    : "dcr";
  const known = await issuers?.stored({
    ...{ serverUrl: plan.serverUrl, approach },
    clientId: idOf(plan),
  });
  return known?.map(({ issuer }) => issuer) ?? [];
}

/** What to run to confirm the issuer. */
async function toConfirm({ deps: { issuers } }: Run, issuer: string): Promise<string> {
  if (issuers === undefined) return `--authorization-server ${commandArgument(issuer)}`;
  const { line, variables } = await issuers.command(issuer);
  const set = variables.length === 0 ? "" : `, with ${variables.join(" and ")} set`;
  return `run${set}:\n  ${line}`;
}

/**
 * The server names another issuer than the one before.
 *
 * @param owner What belongs to the issuer before, and its verb: `the client secret belongs`.
 */
export async function issuerChanged(
  run: Run,
  server: ServerMetadata,
  before: string,
  owner: string,
): Promise<Failure> {
  const issuer = judgedIssuer(server);
  return new Failure(
    "issuer_changed",
    `${quoted(run.plan.serverUrl)} now names the authorization server ${quoted(issuer)}, and ` +
      `${owner} to ${quoted(before)}; nothing of it was sent to the new one`,
    {
      remedy:
        `Ask the operator of ${quoted(run.plan.serverUrl)} whether the authorization server ` +
        "was replaced. If it was, obtain credentials of the new one and " +
        await toConfirm(run, issuer),
      reference: "MCP authorization, Authorization Server Binding",
    },
  );
}

/** Nothing says that the credentials belong to this issuer. */
async function notConfirmed(run: Run, issuer: string, words: string): Promise<Failure> {
  const { serverUrl } = run.plan;
  return new Failure(
    "issuer_not_confirmed",
    `${quoted(serverUrl)} names the authorization server ${quoted(issuer)}, which is at another ` +
      `site, and nobody confirmed that ${words} may be sent there`,
    {
      remedy: `If ${quoted(issuer)} is the authorization server that you expect, ` +
        await toConfirm(run, issuer),
      reference: "MCP authorization, Authorization Server Binding; RFC 9700 §4.4",
    },
  );
}

function boundByKey(issuer: string): Judgement {
  return {
    code: "issuer_bound_by_key",
    severity: "warning",
    message:
      `nothing confirms that the client belongs to ${quoted(issuer)}, at another site than ` +
      "the MCP server; the login continues because what is signed with the private key names this " +
      "issuer as its audience",
    remedy: "If this is the authorization server that you expect, pin it: --authorization-server " +
      commandArgument(issuer),
    reference: "RFC 7523 §3; RFC 9700 §4.4",
  };
}

/**
 * Determines that the given credentials belong to this authorization server, before any of them is
 * sent. With `--dry-run` nobody is asked: a finding says what a login would do.
 *
 * @param known Issuers that this login used before; absent: those of the stored sign-ins.
 * @throws Failure `issuer_not_confirmed`, `issuer_changed`, `cancelled`, `store_…`.
 */
export async function confirmIssuer(
  run: Run,
  server: ServerMetadata,
  approach: RegistrationApproach,
  known?: readonly KnownIssuer[],
): Promise<void> {
  const { plan, deps: { issuers } } = run;
  const { serverUrl, authorizationServer: named } = plan;
  const credentials = givenCredentials(plan);
  if (credentials.length === 0 || named !== undefined) return;
  const client = { serverUrl, approach, clientId: idOf(plan) };
  const before = known ?? await issuers?.stored(client) ?? [];
  const verdict = await judgeIssuerBinding({
    ...{ serverUrl, server, named, credentials },
    known: before,
  });
  if (verdict === "confirmed") return;
  const issuer = judgedIssuer(server);
  if (verdict === "bound") return run.judge([boundByKey(issuer)]);
  const words = credentialWords(credentials);
  const belong = credentials.length === 1 ? "belongs" : "belong";
  const failure = verdict === "changed"
    ? await issuerChanged(run, server, before[0]?.issuer ?? "", `${words} ${belong}`)
    : await notConfirmed(run, issuer, words);
  if (plan.dryRun) return run.judge([planned(failure, verdict === "changed", issuers)]);
  if (verdict === "changed" || issuers?.ask === undefined) throw failure;
  if (!await issuers.ask({ serverUrl, issuer, credentials })) throw failure;
}

/**
 * The issuer of the stored sign-ins of the given client, where none of them is at this one; undefined
 * without any, where the authorization server is pinned, and with credentials, whose issuer
 * {@link confirmIssuer} determines.
 *
 * @throws Failure `store_…`.
 */
export async function storedElsewhere(
  { plan, deps: { issuers } }: Run,
  server: ServerMetadata,
  approach: RegistrationApproach,
): Promise<string | undefined> {
  const isDecided = plan.authorizationServer !== undefined || givenCredentials(plan).length > 0;
  if (isDecided) return undefined;
  const client = { serverUrl: plan.serverUrl, approach, clientId: idOf(plan) };
  const known = await issuers?.stored(client) ?? [];
  return known.some((it) => isKnownIssuer(server, it)) ? undefined : known[0]?.issuer;
}

/**
 * The MCP server has moved to another authorization server. A preregistered client belongs to the one
 * before. Another client signs in at the new one, where it is registered again if it was: never
 * silently, and not against a person's will.
 *
 * @param before The issuer before.
 * @throws Failure `issuer_changed` for a preregistered client and when a person declines, `cancelled`.
 */
export async function moveToIssuer(
  run: Run,
  server: ServerMetadata,
  approach: RegistrationApproach,
  before: string,
): Promise<void> {
  const { plan: { authorizationServer, dryRun, serverUrl }, deps: { issuers } } = run;
  const issuer = judgedIssuer(server);
  if (approach === "preregistered") {
    const failure = await issuerChanged(run, server, before, "the given client belongs");
    if (dryRun) return run.judge([planned(failure, true, issuers)]);
    throw failure;
  }
  run.judge([{
    code: "issuer_migrated",
    severity: "warning",
    message: `${quoted(serverUrl)} now names the authorization server ${quoted(issuer)}, and ` +
      `named ${quoted(before)} before; ` +
      (approach === "dcr"
        ? "the client is registered at the new one"
        : "the sign-in is at the new one"),
    remedy:
      "If you do not expect this, ask the operator of the MCP server before you sign in. To " +
      `refuse every other authorization server: --authorization-server ${commandArgument(before)}`,
    reference: "MCP authorization, Authorization Server Binding",
  }]);
  if (authorizationServer !== undefined || issuers?.ask === undefined || dryRun) return;
  if (await issuers.ask({ serverUrl, issuer, previous: before, credentials: [] })) return;
  throw await issuerChanged(run, server, before, "the sign-in before belongs");
}

/** What a login would do, as a finding. */
function planned(
  { code, message, remedy = "", reference = "" }: Failure,
  changed: boolean,
  issuers: IssuerConfirmation | undefined,
): Judgement {
  const asks = !changed && issuers?.ask !== undefined;
  return {
    code,
    severity: "warning",
    message: `a login would ${asks ? "ask for confirmation" : "end here"}: ${message}`,
    remedy,
    reference,
  };
}
