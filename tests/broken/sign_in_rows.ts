/**
 * Authorization servers that will not have the client, the person or the code.
 *
 * @module
 */

import type { FakeLab } from "../lab/fake_lab.ts";
import { html, redirect } from "../lab/misbehaviour.ts";
import type { FakeLabOptions } from "../lab/fake_lab.ts";
import type { Answer } from "../lab/scripted_server.ts";
import { resourceSays, serverSays } from "./discovery_rows.ts";
import type { BrokenServer } from "./row.ts";

const OWN_CLIENT = ["--registration", "preregistered", "--client-id", "own"];
const WITH_SECRET = [...OWN_CLIENT, "--client-secret", "s3cret-s3cret"];
const REFUSED = (status: number, error: string, words: string): Answer => ({
  status,
  body: { error, error_description: words },
});

const registration = (answer: Answer): FakeLabOptions => ({ registrationResponse: () => answer });
const callback = (change: Record<string, string | undefined>): FakeLabOptions => ({
  authorizationResponse: (honest) =>
    Object.fromEntries(
      Object.entries({ ...honest, ...change })
        .filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
});
const authorize = (answer: Answer): FakeLabOptions => ({
  authorizationResponse: () => ({ answer }),
});
const token = (answer: Answer): FakeLabOptions => ({ token: () => answer });
const tokenSays = (members: Record<string, unknown>): FakeLabOptions => ({
  token: ({ body }) => ({ body: { ...body, ...members } }),
});

/** Rows from the registration to the token. */
export const SIGN_IN_ROWS: readonly BrokenServer[] = [
  {
    code: "registration_unavailable",
    fault: "there is no way to a client ID",
    lab: { registration: false },
    first: /offers no registration/,
    remedy: /--client-id/,
  },
  {
    code: "registration_refused",
    fault: "registration is for administrators",
    lab: registration(
      REFUSED(403, "insufficient_scope", "Policy 'Trusted Hosts' rejected request"),
    ),
    first: /refused to register this client: insufficient_scope/,
    remedy: /--client-id '<id>' --redirect-url http:\/\/127\.0\.0\.1:17823\/callback/,
  },
  {
    code: "registration_refused",
    fault: "loopback redirects may not be registered",
    lab: registration(REFUSED(400, "invalid_redirect_uri", "not on the list")),
    first: /refused to register this client: invalid_redirect_uri/,
    remedy: /loopback redirect URI of.*--redirect-url/s,
  },
  {
    code: "registration_refused",
    fault: "the announced registration endpoint is not there",
    lab: registration({ status: 404, body: "no" }),
    first: /refused to register this client: HTTP 404/,
    remedy: /do not announce it/,
  },
  {
    code: "registration_refused",
    fault: "too many clients were registered from here",
    lab: registration({ status: 429, body: "slow down" }),
    first: /refused to register this client: HTTP 429/,
    remedy: /limit/,
  },
  {
    code: "registration_answer_invalid",
    fault: "the registration names no client",
    lab: registration({ status: 201, body: { client_name: "x" } }),
    first: /no "client_id"|names no client/,
    remedy: /"client_id"/,
  },
  {
    code: "registration_method_unknown",
    fault: "the client is registered for certificates",
    lab: registration({
      status: 201,
      body: { client_id: "x", token_endpoint_auth_method: "tls_client_auth" },
    }),
    first: /unusable method/,
    remedy: /register the requested method/,
  },
  {
    code: "no_common_auth_method",
    fault: "the token endpoint wants what no standard names",
    lab: serverSays({ token_endpoint_auth_methods_supported: ["vendor_handshake"] }),
    more: WITH_SECRET,
    first: /no method that this client has/,
    remedy: /token_endpoint_auth_methods_supported|client_secret_basic|--token-auth-method/,
  },
  {
    code: "client_certificate_missing",
    fault: "the token endpoint wants a certificate",
    lab: serverSays({ token_endpoint_auth_methods_supported: ["tls_client_auth"] }),
    more: WITH_SECRET,
    status: 2,
    first: /accepts tls_client_auth, and no client certificate/,
    remedy: /--client-cert '<path>'/,
  },
  {
    code: "token_error",
    fault: "the token endpoint wants a secret",
    lab: {
      ...serverSays({ token_endpoint_auth_methods_supported: ["client_secret_basic"] }),
      clients: [{ clientId: "own", clientSecret: "s3cret-s3cret" }],
    },
    more: OWN_CLIENT,
    first: /invalid_client/,
    remedy: /sent no credential.*--client-secret-file '<path>'/,
  },
  {
    code: "private_key_missing",
    fault: "the token endpoint wants a signature",
    lab: serverSays({ token_endpoint_auth_methods_supported: ["private_key_jwt"] }),
    more: WITH_SECRET,
    status: 2,
    first: /private_key_jwt, and no private key/,
    remedy: /--private-key-file/,
  },
  {
    code: "pushed_request_refused",
    fault: "the pushed request is refused",
    lab: {
      metadata: (document) => ({
        ...document,
        require_pushed_authorization_requests: true,
        pushed_authorization_request_endpoint: `${document["issuer"]}/par`,
      }),
    },
    before: (lab) => {
      lab.asServer.routes["POST /par"] = REFUSED(400, "invalid_request", "no");
    },
    first: /refused the pushed authorization request/,
    remedy: /./,
  },
  {
    code: "pushed_request_endpoint_missing",
    fault: "pushed requests are demanded, and no endpoint is named",
    lab: serverSays({ require_pushed_authorization_requests: true }),
    first: /no endpoint for pushed requests|pushed/,
    remedy: /pushed_authorization_request_endpoint/,
  },
  {
    code: "no_common_dpop_algorithm",
    fault: "tokens have to be bound to a key of a kind that nobody has",
    lab: {
      ...resourceSays({ dpop_bound_access_tokens_required: true }),
      ...serverSays({ dpop_signing_alg_values_supported: ["ML-DSA-87"] }),
    },
    first: /DPoP/,
    remedy: /ES256/,
  },
  {
    code: "dpop_not_bound",
    fault: "tokens have to be bound to a key, and are not",
    lab: {
      ...resourceSays({ dpop_bound_access_tokens_required: true }),
      ...serverSays({ dpop_signing_alg_values_supported: ["ES256"] }),
    },
    first: /not bound to the key/,
    remedy: /"token_type": "DPoP"/,
  },
  {
    code: "authorization_endpoint_conflict",
    fault: "the authorization endpoint has a resource of its own",
    lab: {
      metadata: (document) => ({
        ...document,
        authorization_endpoint: `${document["authorization_endpoint"]}?resource=https://other`,
      }),
    },
    first: /already has a request parameter/,
    remedy: /--resource https:\/\/other/,
  },
  {
    code: "authorization_refused",
    fault: "the authorization endpoint fails",
    lab: authorize({ status: 500, body: "broken" }),
    first: /no authorization response was received: HTTP 500|answered HTTP 500/,
    remedy: /the server says "broken".*try again later/,
  },
  {
    code: "authorization_redirect_loop",
    fault: "the authorization endpoint leads back to itself",
    before: (lab: FakeLab) => {
      lab.asServer.routes["GET /authorize"] = redirect(`${lab.issuer}/authorize`, 302);
    },
    first: /redirect/,
    remedy: /browser/,
  },
  {
    code: "page_needs_person",
    fault: "the authorization endpoint shows a form",
    lab: authorize({ headers: [["content-type", "text/html"]], body: "<form>" }),
    status: 4,
    first: /page that needs a person/,
    remedy: /mcpass login http/,
  },
  {
    code: "authorization_error",
    fault: "the person, or a policy, says no",
    lab: callback({ code: undefined, error: "access_denied" }),
    first: /"access_denied"/,
    remedy: /policy/,
  },
  {
    code: "authorization_error",
    fault: "the resource metadata lists scopes that the authorization server does not know",
    lab: { prm: { scopesSupported: ["mcp:read", "unknown:scope"] } },
    first: /"?invalid_scope"?/,
    remedy: /--scopes/,
  },
  {
    code: "authorization_error",
    fault: "the authorization server does not know the resource",
    lab: callback({ code: undefined, error: "invalid_target", error_description: "unknown" }),
    first: /invalid_target/,
    remedy: /register the resource of the MCP server/,
  },
  {
    code: "authorization_error",
    fault: "a strict parser refuses the resource parameter",
    lab: { resourceParameter: "refused" },
    first: /invalid_request/,
    remedy: /--resource none/,
  },
  {
    code: "state_mismatch",
    fault: "the state is dropped",
    lab: callback({ state: undefined }),
    first: /state of this sign-in/,
    remedy: /"state"/,
  },
  {
    code: "iss_missing",
    fault: "iss is announced and not sent",
    lab: callback({ iss: undefined }),
    first: /iss/,
    remedy: /"iss"/,
  },
  {
    code: "iss_mismatch",
    fault: "iss lacks the path of the issuer",
    lab: callback({ iss: "https://other.example" }),
    first: /another issuer/,
    remedy: /"iss"/,
  },
  {
    code: "callback_invalid",
    fault: "the answer has neither code nor error",
    lab: callback({ code: undefined }),
    first: /neither "code" nor "error"/,
    remedy: /either code or error/,
  },
  {
    code: "callback_repeated_parameter",
    fault: "the answer has its code twice",
    before: (lab: FakeLab) => {
      lab.asServer.routes["GET /authorize"] = ({ query }) =>
        redirect(
          `${query.get("redirect_uri")}?code=a&code=b&state=${
            query.get("state")
          }&iss=${lab.issuer}`,
          302,
        )({} as never, {} as never) as Answer;
    },
    first: /"code" more than once/,
    remedy: /once/,
  },
  {
    code: "callback_in_fragment",
    fault: "the code comes in the fragment",
    before: (lab: FakeLab) => {
      lab.asServer.routes["GET /authorize"] = ({ query }) => ({
        status: 302,
        headers: [["location", `${query.get("redirect_uri")}#code=a&state=${query.get("state")}`]],
      });
    },
    first: /fragment/,
    remedy: /query/,
  },
  {
    code: "redirect_refused",
    fault: "the token endpoint redirects elsewhere",
    lab: token({ status: 307, headers: [["location", "https://elsewhere.example/token"]] }),
    first: /redirect/,
    remedy: /token_endpoint|metadata/,
  },
  {
    code: "token_error",
    fault: "the code is refused",
    lab: token(REFUSED(400, "invalid_grant", "code expired")),
    first: /token endpoint returned an error: invalid_grant/,
    remedy: /[Rr]un the login again/,
  },
  {
    code: "token_error",
    fault: "the client is refused",
    lab: token(REFUSED(401, "invalid_client", "who are you")),
    first: /token endpoint returned an error: invalid_client/,
    remedy: /--token-auth-method/,
  },
  {
    code: "token_error",
    fault: "an error comes with the status of success",
    lab: token({ body: { error: "bad_verification_code" } }),
    first: /token endpoint returned an error: bad_verification_code/,
    remedy: /documentation/,
  },
  {
    code: "token_answer_invalid",
    fault: "the token endpoint answers with a web page",
    before: (lab) => {
      lab.asServer.routes["POST /token"] = html();
    },
    first: /no token and no OAuth error: HTTP 200/,
    remedy: /JSON/,
  },
  {
    code: "token_type_unknown",
    fault: "the token is of a kind of its own",
    lab: tokenSays({ token_type: "mac" }),
    first: /token_type|type/,
    remedy: /"?Bearer"?/,
  },
];
