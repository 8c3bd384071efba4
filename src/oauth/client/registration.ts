/** The response to a dynamic client registration (RFC 7591 §3.2). @module */

import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import {
  describeValue,
  type JsonObject,
  stringListMember,
  stringMember,
  textMember,
} from "../../core/json.ts";
import { isPrintable, printable, quoted } from "../../core/text.ts";
import { type EndpointResponse, jsonObject, judgeMembers } from "../common/endpoint_response.ts";
import { errorResponse } from "../common/error_response.ts";
import {
  type ClientAuthMethod,
  isClientAuthMethod,
  needsCertificate,
  needsSecret,
} from "./client_auth.ts";
import {
  type Checks,
  info,
  judgeNumbers,
  missingText,
  ofAuthorizationServer,
  runChecks,
  warning,
} from "../common/judgement.ts";
import { managementAccess } from "./management_access.ts";
import { isScopeText } from "../mcp/scope.ts";
import { type RefusedRegistration, refusedRegistration } from "./registration_refusal.ts";
import type { RegistrationRequest } from "./registration_request.ts";

interface RegisteredClient {
  readonly clientId: string;
  readonly clientName?: string | undefined;
  readonly clientSecret: string | undefined;
  readonly method: ClientAuthMethod;
  readonly dpop?: true;
  readonly registeredScope?: string | undefined;
  readonly registrationUri?: string;
  readonly registrationToken?: string;
}

export type RegistrationJudgement =
  | {
    readonly registered: true;
    readonly client: RegisteredClient;
    readonly secrets: readonly string[];
    readonly judgements: readonly Judgement[];
  }
  | RefusedRegistration;

function methodInEffect(
  { token_endpoint_auth_method: returned = null }: JsonObject,
  asked: ClientAuthMethod,
  url: string,
): ClientAuthMethod {
  if (returned === null || returned === "") return asked;
  // A registration by this client announces no keys but those of a certificate it has.
  const usable = isClientAuthMethod(returned) && returned !== "private_key_jwt" &&
    (returned === asked || !needsCertificate(returned));
  if (usable) return returned;
  const message = `${quoted(url)} registered the client with token_endpoint_auth_method ` +
    `${describeValue(returned)}, which mcpass did not request and cannot use`;
  throw new Failure("registration_method_unknown", message, {
    remedy: `Authorization server: register the requested method (${asked}), or refuse`,
    reference: "RFC 7591 §3.2.1",
  });
}

export function registeredScopeOf(document: JsonObject): string | undefined {
  const scope = stringMember(document, "scope");
  return scope !== undefined && isScopeText(scope) ? scope : undefined;
}

export function clientNameOf(document: JsonObject): string | undefined {
  const name = textMember(document, "client_name");
  return name && printable(name, 100);
}

function invalid(message: string, remedy: string): RegistrationJudgement {
  const reference = "RFC 7591 §3.2.1";
  const failure = new Failure("registration_answer_invalid", message, { remedy, reference });
  return { registered: false, refusedMembers: [], isScopeMissing: false, failure };
}

interface RegistrationSubject {
  readonly response: EndpointResponse;
  readonly document: JsonObject;
  readonly request: RegistrationRequest;
  readonly method: ClientAuthMethod;
}

const CHECKS: Checks<RegistrationSubject> = {
  registration_status: warning(
    "RFC 7591 §3.2.1",
    "Authorization server: send 201 Created",
    ({ response }) =>
      response.status === 200 && "the registration response has status 200, expected 201",
  ),
  registration_echo_missing: warning(
    "RFC 7591 §3.2.1",
    "Authorization server: return all registered metadata",
    ({ document, request }) =>
      (document["token_endpoint_auth_method"] ?? "") === "" &&
      `the registration response ${missingText(document, "token_endpoint_auth_method")}; ` +
        `mcpass assumes ${quoted(request.method)}, which it requested`,
  ),
  registration_needless_secret: info(
    "RFC 7591 §3.2.1",
    "Authorization server: issue no secret to a public client",
    ({ document, method }) =>
      method === "none" && stringMember(document, "client_secret") !== undefined &&
      'a client secret was issued for a client that authenticates with "none"',
  ),
  registration_redirect_changed: warning(
    "RFC 7591 §3.2.1",
    "Authorization server: register the requested redirect URI, or refuse",
    ({ document, request: { redirectUri } }) => {
      const registered = stringListMember(document, "redirect_uris");
      return redirectUri !== null && registered?.includes(redirectUri) === false &&
        `the server registered the redirect URIs ${quoted(registered.join(" "))}, expected ` +
          `${quoted(redirectUri)}; it will probably refuse the authorization request`;
    },
  ),
};

/** Judges a registration response; `sent` has the names of the members that were sent. */
export function judgeRegistration(
  response: EndpointResponse,
  request: RegistrationRequest,
  sent: readonly string[],
): RegistrationJudgement {
  const { members: document, hasError } = errorResponse(response);
  if (hasError || (response.status !== 201 && response.status !== 200)) {
    return refusedRegistration(response, { request, members: sent });
  }
  const server = quoted(response.url);
  const clientId = textMember(document, "client_id");
  if (clientId === undefined) {
    const isObject = jsonObject(response) !== undefined;
    const members = isObject ? Object.keys(document).join(", ") : "not a JSON object";
    const found = "client_id" in document ? "" : ` (it has ${quoted(members)})`;
    const { said } = errorResponse(response);
    const fault = missingText(document, "client_id");
    const message = `the registration response of ${server} ${fault}${found}${said}`;
    return invalid(message, 'Authorization server: return 201 with "client_id", a string');
  }
  if (!isPrintable(clientId)) {
    const message = `the registration response of ${server} has the "client_id" ` +
      `${quoted(clientId)}, which has characters that a client ID must not have`;
    return invalid(message, "Authorization server: issue client ids of visible ASCII characters");
  }
  const method = methodInEffect(document, request.method, response.url);
  const clientSecret = textMember(document, "client_secret");
  if (clientSecret === undefined && needsSecret(method)) {
    const message =
      `the registration response of ${server} has no "client_secret", and the client ` +
      `has to authenticate with ${quoted(method)}`;
    return invalid(
      message,
      'Authorization server: issue a secret, or register the client with "none"',
    );
  }
  const management = managementAccess(document, response.url);
  return {
    registered: true,
    client: {
      clientId,
      clientName: clientNameOf(document) ??
        (sent.includes("client_name") ? request.clientName : undefined),
      clientSecret,
      method,
      registeredScope: registeredScopeOf(document) ??
        (sent.includes("scope") ? request.scopes?.join(" ") : undefined),
      ...management.access,
      ...(document["dpop_bound_access_tokens"] === true ? { dpop: true } : {}),
    },
    secrets: [clientSecret, stringMember(document, "registration_access_token")]
      .filter((value) => value !== undefined),
    judgements: [
      ...judgeMembers(response).map(ofAuthorizationServer),
      ...judgeNumbers(document, ["client_id", "client_secret"], "RFC 7591 §3.2.1"),
      ...runChecks(CHECKS, { response, document, request, method }),
      ...management.judgements,
    ],
  };
}
