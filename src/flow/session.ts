/**
 * The sign-in that a login builds up and step-up changes: server, client, token, and the account of
 * how often a person was sent to authorize.
 *
 * @module
 */

import type { Consent } from "../consent/consent.ts";
import { type Failure, toFailure } from "../core/failure.ts";
import type { Judgement } from "../core/finding.ts";
import { commandArgument, printable, quoted } from "../core/text.ts";
import { repeatsGrant } from "../oauth/auth_mode.ts";
import type { ClientCertificate } from "../oauth/client_certificate.ts";
import {
  initialScopes,
  parseScope,
  sameScopes,
  unionScopes,
  withoutSecrets,
} from "../oauth/scope.ts";
import type { ServerMetadata } from "../oauth/server_metadata.ts";
import { chooseRegistration } from "../oauth/registration.ts";
import { isBoundToKey, type TokenAnswer, TokenEndpointError } from "../oauth/token_answer.ts";
import type { TokenHolder } from "./authorized_fetch.ts";
import { judgeChallenge } from "./challenge_findings.ts";
import { type Client, obtainClientFor, registrationSources } from "./client_registration.ts";
import { discover, type Discovery } from "./discovery.ts";
import type { Contact } from "./first_contact.ts";
import { obtainToken } from "./grant.ts";
import type { Identity } from "./identity_login.ts";
import type { Prover } from "./prover.ts";
import { refusalWords } from "./refusal_words.ts";
import type { Run } from "./run.ts";

/** Authorizations in one login, at most. */
const MAX_AUTHORIZATIONS = 3;

/** What a login holds. */
export interface Session {
  /** Server and resource. */
  readonly discovery: Discovery;
  /** Client at that server. */
  readonly client: Client;
  /** Scope last asked for; undefined when the parameter was left out. */
  readonly requested: readonly string[] | undefined;
  /** The token in hand. */
  readonly token: TokenAnswer;
  /** Milliseconds since the epoch when the token arrived. */
  readonly obtainedAt: number;
  /** Makes the proofs that the token wants; absent for a bearer token. */
  readonly prover?: Prover | undefined;
  /** Presented to the MCP server, whose token is bound to it; absent for any other token. */
  readonly certificate?: ClientCertificate | undefined;
  /** Who was signed in at the identity provider, for the grant that has one. */
  readonly identity?: Identity | undefined;
}

/** A session and what may change it. */
export interface SessionHolder extends TokenHolder {
  /** The session now. */
  current(): Session;
  /** Why the last refusal of the MCP server was not answered by another token; once. */
  takeRefusal(): Judgement | undefined;
}

/** Throws when a server offers no way to a client identifier. */
export function usableServer(
  run: Run,
  redirectUri: string | null,
): (server: ServerMetadata) => void {
  return (server) => {
    chooseRegistration(registrationSources(run), server, run.rules, redirectUri);
  };
}

/** The scope a first authorization at this server asks for. */
export function scopesFor(
  run: Run,
  contact: Contact,
  discovery: Discovery,
): readonly string[] | undefined {
  const { secrets } = run.deps;
  const { scopes } = initialScopes({
    given: run.plan.scopes,
    challenge: withoutSecrets(contact.challenge?.scope, secrets),
    resourceMetadata: withoutSecrets(discovery.resourceMetadata?.scopesSupported, secrets),
    authorizationServer: discovery.server.scopesSupported,
    mayAddOfflineAccess: run.rules.offlineAccess && !repeatsGrant(run.plan.authMode),
  });
  return scopes;
}

/** True when the MCP server takes only tokens that are bound to a key (RFC 9449). */
function demandsProof(contact: Contact, { resourceMetadata }: Discovery): boolean {
  return contact.challenge?.scheme.toLowerCase() === "dpop" ||
    resourceMetadata?.dpopRequired === true;
}

/** A new key, of a kind that both servers take. */
async function proverAt(
  run: Run,
  { challenge }: Contact,
  { server, resourceMetadata }: Discovery,
): Promise<Prover> {
  const { newProver } = await import("./prover.ts");
  const lists = [
    server.dpopAlgorithms,
    resourceMetadata?.dpopAlgorithms,
    challenge?.dpopAlgorithms,
  ];
  return await newProver(lists.filter((list) => list !== undefined), run.deps.secrets);
}

/** What binds the token to a key, where the server or a flag asks for it. */
async function proverFor(
  run: Run,
  contact: Contact,
  discovery: Discovery,
): Promise<Prover | undefined> {
  if (run.plan.dpop !== true && !demandsProof(contact, discovery)) return undefined;
  return await proverAt(run, contact, discovery);
}

/** What is to be said of a bearer token that was asked for with a proof. */
function unboundToken({ server }: Discovery, demanded: boolean): Judgement {
  return {
    code: "dpop_not_bound",
    severity: demanded ? "error" : "warning",
    message: `${quoted(server.issuer)} issued a bearer token though the request carried a DPoP ` +
      "proof" + (demanded ? ", and the MCP server takes only tokens bound to a key" : ""),
    remedy: "Authorization server: support DPoP, list dpop_signing_alg_values_supported, and " +
      'answer with "token_type": "DPoP"',
    reference: "RFC 9449 §5",
  };
}

/** The certificate that goes along with the token: it is bound to it, or the handshake wants one. */
async function boundCertificate(
  run: Run,
  { server, resourceMetadata }: Discovery,
  { certificate }: Client,
  token: string,
): Promise<ClientCertificate | undefined> {
  if (certificate === undefined) return undefined;
  const { judgeBinding } = await import("../oauth/client_certificate.ts");
  const announced = server.certificateBoundTokens === true ||
    resourceMetadata?.certificateBoundTokens === true;
  const { bound, judgements } = judgeBinding(token, certificate.facts, server.issuer, announced);
  run.judge(judgements);
  if (bound) run.note("the token is bound to the client certificate, which goes along with it");
  return bound ? certificate : run.certificateAt(run.plan.serverUrl);
}

/** Ends of an authorization by which servers refuse a client that they have forgotten. */
const CLIENT_REFUSALS: readonly string[] = [
  "authorization_request_rejected",
  "authorization_refused",
];

/** True when it is the client that the authorization server refuses. */
function refusesClient({ code, cause, message }: Failure): boolean {
  if (CLIENT_REFUSALS.includes(code)) return !/"invalid_scope"/.test(message);
  if (code === "authorization_error") return /"(invalid|unauthorized)_client"/.test(message);
  return cause instanceof TokenEndpointError &&
    ["invalid_client", "unauthorized_client"].includes(cause.error);
}

/** Builds the first session and the holder that keeps it. */
export async function establishSession(
  run: Run,
  contact: Contact,
  discovery: Discovery,
  consent: Consent | undefined,
): Promise<SessionHolder> {
  let authorizations = 0;
  let acceptedToken: string | undefined;
  let known: Identity | undefined;
  let refusal: Judgement | undefined;
  let demanded = demandsProof(contact, discovery);
  let prover = await proverFor(run, contact, discovery);
  const bound = () => prover !== undefined;

  let widened = false;

  /** The client with a registration that covers these scopes; once in a login. */
  async function widen(
    { server }: Discovery,
    client: Client,
    scopes: readonly string[] | undefined,
  ): Promise<Client | undefined> {
    if (widened || scopes === undefined) return undefined;
    widened = true;
    const { widenClient } = await import("./widen_client.ts");
    return await widenClient(run, server, client, scopes, bound());
  }

  /** Signs in; a client whose registration keeps the scope from it is widened and tried once more. */
  async function signIn(
    found: Discovery,
    client: Client,
    scopes: readonly string[] | undefined,
  ): Promise<Session> {
    try {
      return await signInAs(found, client, scopes);
    } catch (error) {
      if (client.approach !== "dcr" || authorizations >= MAX_AUTHORIZATIONS) throw error;
      const { isBoundScope } = await import("./widen_client.ts");
      if (!isBoundScope(error, client, scopes)) throw error;
      const wider = await widen(found, client, scopes);
      if (wider === undefined) throw error;
      return await signInAs(found, wider, scopes);
    }
  }

  /** True when the last token lacks what was asked for, and the registration may be why. */
  async function isReduced(needed: readonly string[]): Promise<boolean> {
    const { client, token } = session;
    if (widened || token.scope === null || client.approach !== "dcr") return false;
    const granted = parseScope(token.scope);
    if (needed.every((scope) => granted.includes(scope))) return false;
    const { registrationLacks } = await import("./widen_client.ts");
    return registrationLacks(client, needed);
  }

  async function signInAs(
    found: Discovery,
    client: Client,
    scopes: readonly string[] | undefined,
  ): Promise<Session> {
    authorizations += 1;
    // A client that is registered for bound tokens gets no other.
    if (client.dpop === true) prover ??= await proverAt(run, contact, found);
    const { token, identity } = await obtainToken(run, {
      ...{ discovery: found, client, scopes, consent, prover },
      identity: known,
    });
    known = identity;
    const obtainedAt = run.deps.clock.now();
    const proven = isBoundToKey(token.tokenType);
    if (prover !== undefined && !proven) run.judge([unboundToken(found, demanded)]);
    const certificate = await boundCertificate(run, found, client, token.accessToken);
    return {
      discovery: found,
      client,
      requested: scopes,
      token,
      obtainedAt,
      prover: proven ? prover : undefined,
      certificate,
      identity,
    };
  }

  async function begin(): Promise<Session> {
    const scopes = scopesFor(run, contact, discovery);
    const client = await obtainClientFor(run, discovery.server, consent, scopes, {
      dpop: bound(),
    });
    try {
      return await signIn(discovery, client, scopes);
    } catch (error) {
      if (!client.kept || !refusesClient(toFailure(error))) throw error;
      run.judge([{
        code: "registration_renewed",
        severity: "info",
        message: `the authorization server refused the client ${quoted(client.clientId, 60)}, ` +
          `which was registered before (${toFailure(error).message}); another one is registered`,
        remedy: "Server: keep registrations, or say with client_secret_expires_at how long",
        reference: "RFC 7591 §3.2.1",
      }]);
      authorizations = 0;
      const fresh = await obtainClientFor(run, discovery.server, consent, scopes, {
        anew: true,
        dpop: bound(),
      });
      return await signIn(discovery, fresh, scopes);
    }
  }

  let session = await begin();

  function stop(code: string, message: string, remedy: string, reference: string): false {
    refusal = { code, severity: "warning", message, remedy, reference };
    run.judge([refusal]);
    return false;
  }

  async function migrate(found: Discovery, refusal: Contact): Promise<true> {
    const wanted = scopesFor(run, refusal, found);
    prover = await proverFor(run, refusal, found);
    const registered = await obtainClientFor(run, found.server, consent, wanted, {
      dpop: bound(),
    });
    session = await signIn(found, registered, wanted);
    return true;
  }

  async function unauthorized(response: Response, token: string): Promise<boolean> {
    const judged = judgeChallenge(response.headers.get("www-authenticate"), true);
    run.judge(judged.judgements);
    const answered: Contact = {
      challenge: judged.challenge,
      url: response.url || run.plan.serverUrl,
      wire: run.rules,
      unless: undefined,
    };
    if (authorizations >= MAX_AUTHORIZATIONS) {
      return stop(
        "authorization_limit",
        `the server still answers 401 after ${authorizations} authorizations`,
        "Server: accept a token that it asked for",
        "MCP authorization, Error Handling",
      );
    }
    const usable = usableServer(run, consent?.redirectUri ?? null);
    const found = await discover(run, answered, usable);
    if (found.server.issuer !== session.discovery.server.issuer) {
      return await migrate(found, answered);
    }
    const needed = unionScopes(
      session.requested,
      withoutSecrets(judged.challenge?.scope, run.deps.secrets),
    );
    const covered = sameScopes(needed, session.requested ?? []);
    const fresh = acceptedToken !== token;
    const unbound = prover === undefined && demandsProof(answered, found);
    if (unbound) {
      demanded = true;
      prover = await proverFor(run, answered, found);
    }
    if (covered && fresh && !unbound) {
      const { tokenHints } = await import("../oauth/token_hints.ts");
      const hints = tokenHints(token, {
        resource: session.discovery.resource,
        issuer: session.discovery.server.issuer,
        now: run.deps.clock.now(),
      });
      return stop(
        "fresh_token_rejected",
        "the server answered 401 to a token that was issued just now" +
          (hints.length === 0 ? "" : `; unverified, the token says: ${hints.join("; ")}`),
        `Server: accept tokens of ${quoted(session.discovery.server.issuer)} for ` +
          `${
            quoted(session.discovery.resource ?? run.plan.serverUrl)
          }. Authorization server: put ` +
          "the resource into the audience",
        "MCP authorization, Token Audience Binding and Validation",
      );
    }
    if (covered && authorizations >= 2) {
      return stop(
        "token_rejected",
        "the server answered 401 again after another authorization",
        "Server: accept its tokens for as long as they are valid",
        "MCP authorization, Error Handling",
      );
    }
    session = await signIn(session.discovery, session.client, covered ? session.requested : needed);
    return true;
  }

  async function forbidden(response: Response): Promise<boolean> {
    const header = response.headers.get("www-authenticate");
    const challenge = header === null ? undefined : judgeChallenge(header, true).challenge;
    if (challenge?.error !== "insufficient_scope") {
      return stop(
        "access_refused",
        "the server answered 403" +
          (challenge?.error === undefined
            ? " without a challenge"
            : ` ${quoted(challenge.error)}`) +
          await refusalWords(response),
        "This is a refusal by policy (a firewall, an Origin check, a plan), not for want of scope: " +
          "ask the operator",
        "MCP authorization, Error Handling",
      );
    }
    const reference = "MCP authorization, Step-Up Authorization Flow";
    if (!run.rules.stepUp) {
      return stop(
        "step_up_not_in_revision",
        `the server answered 403 insufficient_scope, and ${run.rules.id} has no step-up`,
        `Ask for the scope at once: --scopes ${
          commandArgument(unionScopes(session.requested, challenge.scope).join(" "))
        }`,
        reference,
      );
    }
    if (challenge.scope === undefined || challenge.scope.length === 0) {
      const published = session.discovery.resourceMetadata?.scopesSupported ?? [];
      return stop(
        "insufficient_scope_unnamed",
        "the server answered 403 insufficient_scope without naming a scope",
        "Server: name the scopes in the challenge. Meanwhile: " +
          (published.length === 0
            ? '--scopes "<a b>"'
            : `pick from those of the resource metadata: --scopes ${
              commandArgument(published.join(" "))
            }`),
        reference,
      );
    }
    const needed = unionScopes(
      session.requested,
      withoutSecrets(challenge.scope, run.deps.secrets),
    );
    const same = sameScopes(needed, session.requested ?? []);
    const reduced = same && await isReduced(needed);
    if (authorizations >= (same && !reduced ? 2 : MAX_AUTHORIZATIONS)) {
      return stop(
        "step_up_limit",
        `the server still answers 403 insufficient_scope after ${authorizations} authorizations; it ` +
          `names ${quoted(challenge.scope.join(" "))}, and ${
            quoted((session.requested ?? []).join(" "))
          } ` +
          "was asked for",
        "Server: name every scope the operation needs, and accept tokens that have them",
        reference,
      );
    }
    run.note(`the server wants more scope: "${printable(challenge.scope.join(" "))}"`);
    const wider = reduced ? await widen(session.discovery, session.client, needed) : undefined;
    session = await signIn(session.discovery, wider ?? session.client, needed);
    return true;
  }

  let busy: Promise<boolean> = Promise.resolve(true);
  return {
    current: () => session,
    takeRefusal() {
      const taken = refusal;
      refusal = undefined;
      return taken;
    },
    token: () => Promise.resolve(session.token.accessToken),
    prover: () => session.prover,
    certificate: () => session.certificate,
    accepted: (token) => {
      acceptedToken = token;
    },
    refused(response, token) {
      const answer = busy.then(async () => {
        if (token !== session.token.accessToken) return true;
        return response.status === 401
          ? await unauthorized(response, token)
          : await forbidden(response);
      });
      busy = answer.catch((error) => toFailure(error).kind !== "cancelled");
      return answer;
    },
  };
}
