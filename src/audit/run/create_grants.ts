/** Grants of an audit: requests with and without consent. @module */

import {
  type CallbackParameters,
  callbackValues,
} from "../../oauth/authorization/authorization.ts";
import type { Audit } from "../context/audit.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";
import type { AuditGrants, GrantName, WrongExchange } from "../context/grants.ts";
import { observed } from "../judge/refusal.ts";
import { createAuthorizationRequests } from "./authorization_requests.ts";
import { createDeviceGrants } from "./device_grants.ts";
import type { Residue } from "./residue.ts";
import { createSharedGrants } from "./shared_grants.ts";
import { createTokenRequests } from "./token_requests.ts";

export interface GrantOptions {
  /** Undefined if nobody can consent. */
  readonly driver: ConsentDriver | undefined;
  readonly residue: Residue;
  /** What the checks of this run share. */
  readonly shares: {
    readonly grants: ReadonlySet<GrantName>;
    /** In the order in which they are tried on one code. */
    readonly wrongExchanges: readonly WrongExchange[];
  };
}

/** The random start of `state`, which consists of characters that need no encoding. */
const MARK_LENGTH = 20;

/** False for a response to another request; true also if `state` is missing or partly changed. */
function isResponseTo(received: CallbackParameters, state: string): boolean {
  const states = callbackValues(received, "state");
  return states.length === 0 || states.some((it) => it.includes(state.slice(0, MARK_LENGTH)));
}

/** If one of these checks failed, valid authorization requests are refused: no grant is tried. */
const REQUEST_CHECKS = ["authorize_scopes", "authorize_resource"] as const;

/** Whether a person or a driver may be asked to consent once more. */
function createConsentRules(audit: Audit, driver: ConsentDriver | undefined) {
  const { plan } = audit;
  let consents = 0;

  /** @throws CheckEnd if nobody may be asked to consent. */
  function mayAsk(): ConsentDriver {
    if (plan.accessToken !== undefined || plan.authMode === "client_credentials") {
      const what = plan.accessToken === undefined
        ? "with client credentials"
        : "with a given access token";
      throw skipCheck("needs_consent", `${what}, nobody is asked to consent`, "1");
    }
    if (driver === undefined) {
      throw skipCheck("needs_consent", "nobody can consent to an authorization request", "1");
    }
    if (plan.safe) throw skipCheck("safe_mode", "--safe asks for no consent");
    if (driver.asksPerson && consents >= plan.consents) {
      const message = `the limit of ${plan.consents} consents is reached (--consents)`;
      throw skipCheck("needs_consent", message, "1");
    }
    return driver;
  }

  function mayAuthorize(): ConsentDriver {
    if (driver?.device !== undefined) {
      throw skipCheck("needs_consent", "a device code has no authorization response", "1");
    }
    const consent = mayAsk();
    const failed = REQUEST_CHECKS.find((id) => audit.result(id)?.verdict === "failed");
    if (failed !== undefined) {
      throw skipCheck("needs_control", `${failed} has not passed`, failed);
    }
    return consent;
  }

  return {
    mayAsk,
    mayAuthorize,
    count() {
      consents += 1;
    },
  };
}

export function createGrants(audit: Audit, { driver, residue, shares }: GrantOptions): AuditGrants {
  const { secrets, clients } = audit;
  const tokens = createTokenRequests(audit, residue);
  const authorizations = createAuthorizationRequests(audit, tokens.post);
  const { mayAsk, mayAuthorize, count } = createConsentRules(audit, driver);
  const requests: Omit<AuditGrants, keyof ReturnType<typeof createSharedGrants>> = {
    asksPerson: driver?.asksPerson ?? false,
    decides: driver?.decides ?? false,
    responses: tokens.responses,
    issued: tokens.issued,
    get refreshParameters() {
      return tokens.refreshParameters;
    },
    post: tokens.post,
    token: tokens.token,
    read: tokens.read,
    refresh: tokens.refresh,
    async visit(changes = {}, client, headers = [], { pushed } = { pushed: undefined }) {
      const sender = client ?? await clients.first();
      const { url, refusal } = await authorizations.create(changes, sender, pushed);
      if (refusal !== undefined) return refusal;
      const response = await audit.send({ purpose: "authorization_preflight", url, headers });
      // Some servers consent at once.
      const location = URL.parse(response.headers.get("location") ?? "", url);
      secrets.add(location?.searchParams.get("code"));
      return response;
    },
    async authorize(changes = {}, client, options = {}) {
      const consent = mayAuthorize();
      const sender = client ?? await clients.spare();
      const { record, url, refusal } = await authorizations.create(changes, sender);
      if (refusal !== undefined) {
        throw doubtCheck("consent_failed", `the pushed request is refused: ${observed(refusal)}`);
      }
      count();
      const expected = changes["redirect_uri"];
      const response = await consent.obtain({
        authorizationUrl: url,
        redirectUri: typeof expected === "string" ? expected : sender.redirectUri,
        accepts: (received) => isResponseTo(received, record.state),
        decision: "allow",
        session: "main",
        label: "conformance audit",
        ...options,
      });
      const parameters = [...new URL(response.url).searchParams];
      const [, code = ""] = parameters.find(([name]) => name === "code") ?? [];
      secrets.add(code);
      if (code !== "") tokens.issued.code.push(code);
      return { client: sender, record, parameters, code, ...response };
    },
    async exchange({ client, record, code }, changes = {}, other) {
      return await tokens.token({
        grant_type: "authorization_code",
        code,
        redirect_uri: record.redirectUri,
        code_verifier: record.codeVerifier,
        ...record.resource === null ? {} : { resource: record.resource },
        ...changes,
      }, other ?? client);
    },
  };
  const openDevice = driver?.device && createDeviceGrants(audit, tokens, driver.device);
  const shared = createSharedGrants(audit, requests, {
    ...shares,
    openByDevice: openDevice && (async (request) => {
      mayAsk();
      count();
      return await openDevice(request);
    }),
    usualScopes: authorizations.usualScopes,
  });
  // Not spread: a member is a getter.
  return Object.assign(requests, shared);
}
