/**
 * A small hand-made authorization server, honest and strict by default, every answer of which a test
 * can replace: for what `oidc-provider` will not do.
 *
 * @module
 */

import type { TokenVerifier } from "./bearer.ts";
import { openClients, redirectAllowed, Refused } from "./fake_clients.ts";
import type { Clients, KnownClient } from "./fake_clients.ts";
import type { FakeAsBehaviour, JsonAnswer, Members } from "./fake_as_options.ts";
import { assertionCheck, JWT_BEARER } from "./fake_assertions.ts";
import { DEVICE_GRANT, openDevices } from "./fake_device.ts";
import { openTokens } from "./fake_tokens.ts";
import { formOf, headerOf } from "./journal.ts";
import { wellKnownPaths } from "./issuer_paths.ts";
import type { RecordedRequest } from "./journal.ts";
import type { Answer, Handler, Routes } from "./scripted_server.ts";

export type { FakeAsBehaviour, JsonAnswer, Members } from "./fake_as_options.ts";

/** Where a fake server's parts stand: absolute URLs. */
export interface FakeAsPlaces {
  /** Issuer identifier. */
  readonly issuer: string;
  /** Origin that serves the well-known documents; default the issuer's. */
  readonly documentsAt?: string;
  /** Endpoints. */
  readonly authorization: string;
  /** Token endpoint; also takes revocations, as some servers do. */
  readonly token: string;
  /** Registration endpoint. */
  readonly registration: string;
}

/** A hand-made authorization server, to be mounted on one or more scripted servers. */
export interface FakeAs {
  /** Issuer identifier. */
  readonly issuer: string;
  /** The mistakes of clients, in order: each refused request and what is wrong with accepted ones. */
  readonly complaints: readonly string[];
  /** Its clients. */
  readonly clients: Clients;
  /** Access tokens that are good now. */
  readonly accessTokens: readonly string[];
  /** Checks an access token. */
  readonly verify: TokenVerifier;
  /** Ends every access token, as if they had expired. */
  expireAccessTokens(): void;
  /** Routes of the parts that stand at an origin. */
  routesAt(origin: string): Routes;
}

/** Who asks by an assertion alone (RFC 7523 §3.1). */
const NOBODY: KnownClient = {
  ...{ id: "", method: "none", redirectUris: [], anyPort: false },
  grantTypes: [JWT_BEARER],
};

const NO_STORE = [["cache-control", "no-store"], ["pragma", "no-cache"]] as const;
const AUTHORIZATION_PARAMETERS = new Set([
  ...["response_type", "client_id", "redirect_uri", "scope", "state", "resource"],
  ...["code_challenge", "code_challenge_method"],
]);

function json({ status, body }: JsonAnswer): Answer {
  return { status, headers: NO_STORE, body };
}

/**
 * Makes one.
 *
 * @param resource The MCP server's resource, asked at each request.
 */
export function createFakeAs(
  places: FakeAsPlaces,
  resource: () => string,
  behaviour: FakeAsBehaviour = {},
): FakeAs {
  const complaints: string[] = [];
  const authMethods = behaviour.authMethods ??
    ["none", "client_secret_basic", "client_secret_post"];
  const scopes = behaviour.scopes ?? ["mcp:read", "mcp:write", "offline_access"];
  const clients = openClients({ ...behaviour, authMethods });
  const tokens = openTokens(behaviour);
  const deviceEndpoint = new URL("device", places.token).href;
  const { trustedIssuer } = behaviour;
  const checkAssertion = trustedIssuer && assertionCheck(trustedIssuer, places.issuer, resource);
  const devices = openDevices(new URL(places.issuer).origin, behaviour.device ?? []);

  function checkOnce(parameters: URLSearchParams): void {
    const names = [...parameters.keys()];
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice) throw new Refused("invalid_request", `parameter ${twice} occurs twice`);
  }

  function checkResource(parameters: URLSearchParams): void {
    const given = parameters.get("resource");
    const rule = behaviour.resourceParameter ?? "required";
    if (given === null && rule === "required") {
      throw new Refused("invalid_target", "resource is missing");
    }
    if (given !== null && rule === "refused") {
      throw new Refused("invalid_request", "unknown parameter resource");
    }
    if (given !== null && given !== resource() && rule !== "ignored") {
      throw new Refused("invalid_target", `resource is ${given}, known is ${resource()}`);
    }
  }

  function checkScope(parameters: URLSearchParams): string[] {
    const wanted = parameters.get("scope")?.split(" ") ?? [];
    const unknown = wanted.find((scope) => !scopes.includes(scope));
    if (unknown !== undefined) throw new Refused("invalid_scope", `unknown scope ${unknown}`);
    return wanted;
  }

  const grants: Readonly<
    Record<string, (form: URLSearchParams, client: KnownClient) => JsonAnswer | Promise<JsonAnswer>>
  > = {
    authorization_code: tokens.byCode,
    refresh_token: (form, client) => tokens.byRefresh(form, client, checkScope(form)),
    ...(checkAssertion && {
      async [JWT_BEARER](form: URLSearchParams, client: KnownClient) {
        await checkAssertion(form.get("assertion") ?? "", client === NOBODY ? undefined : client);
        return tokens.issue({ client, scopes: checkScope(form) });
      },
    }),
    ...(behaviour.device && {
      [DEVICE_GRANT]: (form: URLSearchParams, client: KnownClient) =>
        tokens.issue({ client, scopes: devices.poll(form, client) }),
    }),
    client_credentials(form, client) {
      if (client.method === "none") {
        throw new Refused("unauthorized_client", "a public client has no credentials");
      }
      const grantTypes = client.grantTypes.filter((type) => type !== "refresh_token");
      return tokens.issue({ client: { ...client, grantTypes }, scopes: checkScope(form) });
    },
  };

  async function tokenAnswer(request: RecordedRequest, form: URLSearchParams): Promise<JsonAnswer> {
    if (!headerOf(request, "content-type")?.startsWith("application/x-www-form-urlencoded")) {
      throw new Refused("invalid_request", "a token request is a form");
    }
    checkOnce(form);
    const type = form.get("grant_type") ?? "";
    const clientless = type === JWT_BEARER && !form.has("client_id") &&
      headerOf(request, "authorization") === undefined;
    const client = clientless ? NOBODY : clients.authenticate(request);
    if (type === "" && form.has("token")) {
      tokens.revoke(form.get("token") ?? "", client);
      return { status: 200, body: {} };
    }
    const grant = Object.hasOwn(grants, type) ? grants[type] : undefined;
    if (grant === undefined) throw new Refused("unsupported_grant_type", `grant ${type}`);
    if (!client.grantTypes.includes(type)) {
      throw new Refused("unauthorized_client", `the client is not registered for ${type}`);
    }
    checkResource(form);
    return await grant(form, client);
  }

  /** Turns a refusal into its answer and a complaint. */
  function refusal(error: unknown, request: RecordedRequest): JsonAnswer {
    if (!(error instanceof Refused)) throw error;
    complaints.push(`${request.method} ${request.path}: ${error.message}`);
    return { status: error.status, body: { error: error.code, error_description: error.message } };
  }

  const token: Handler = async (request) => {
    const form = formOf(request);
    const answer = await tokenAnswer(request, form).catch((error) => refusal(error, request));
    return behaviour.token?.(answer, form, request) ?? json(answer);
  };

  const device: Handler = (request) => {
    let answer: JsonAnswer;
    try {
      const form = formOf(request);
      checkOnce(form);
      checkResource(form);
      answer = devices.begin(clients.authenticate(request), checkScope(form));
    } catch (error) {
      answer = refusal(error, request);
    }
    return behaviour.deviceResponse?.(answer, request) ?? json(answer);
  };

  const register: Handler = (request) => {
    let answer: JsonAnswer;
    try {
      answer = { status: 201, body: clients.register(request) };
    } catch (error) {
      answer = refusal(error, request);
    }
    return behaviour.registrationResponse?.(answer, request) ?? json(answer);
  };

  function grantCode(query: URLSearchParams, client: KnownClient, redirectUri: string): string {
    const unexpected = [...query.keys()].filter((name) => !AUTHORIZATION_PARAMETERS.has(name));
    for (const name of unexpected) complaints.push(`authorization request carries ${name}`);
    checkOnce(query);
    if (query.get("response_type") !== "code") {
      throw new Refused("unsupported_response_type", "response_type is not code");
    }
    if (query.get("code_challenge_method") !== "S256") {
      throw new Refused("invalid_request", "code_challenge_method is not S256");
    }
    const challenge = query.get("code_challenge") ?? "";
    if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
      throw new Refused("invalid_request", "code_challenge is no SHA-256");
    }
    if ((query.get("state") ?? "").length < 16) {
      throw new Refused("invalid_request", "state is missing or too short");
    }
    checkResource(query);
    return tokens.grantCode({ client, redirectUri, challenge, scopes: checkScope(query) });
  }

  const authorize: Handler = (request) => {
    const { query } = request;
    const redirectUri = query.get("redirect_uri") ?? "";
    const client = clients.find(query.get("client_id") ?? "");
    if (client === undefined || !redirectAllowed(client, redirectUri)) {
      const what = client ? `redirect_uri ${redirectUri} is not registered` : "unknown client_id";
      complaints.push(`${request.method} ${request.path}: ${what}`);
      const body = `<!doctype html><title>invalid_request</title><p>${
        what.replace(/[<&]/g, "")
      }</p>`;
      return { status: 400, headers: [["content-type", "text/html"]], body };
    }
    const state = query.get("state");
    let outcome: Record<string, string>;
    try {
      outcome = { code: grantCode(query, client, redirectUri) };
    } catch (error) {
      const { body } = refusal(error, request);
      outcome = Object.fromEntries(
        Object.entries(body).map(([key, value]) => [key, String(value)]),
      );
    }
    const honest = { ...outcome, ...(state !== null && { state }), iss: places.issuer };
    const said = behaviour.authorizationResponse?.(honest, request) ?? honest;
    if ("answer" in said && typeof said.answer === "object") return said.answer;
    const location = redirectUri + (redirectUri.includes("?") ? "&" : "?") +
      new URLSearchParams(said as Record<string, string>);
    return { status: 302, headers: [["location", location], ...NO_STORE] };
  };

  const document: Handler = (request) => {
    const honest: Members = {
      issuer: places.issuer,
      authorization_endpoint: places.authorization,
      token_endpoint: places.token,
      ...(behaviour.registration !== false && { registration_endpoint: places.registration }),
      revocation_endpoint: places.token,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: [
        ...["authorization_code", "refresh_token", "client_credentials"],
        ...behaviour.device ? [DEVICE_GRANT] : [],
        ...behaviour.trustedIssuer ? [JWT_BEARER] : [],
      ],
      token_endpoint_auth_methods_supported: authMethods,
      code_challenge_methods_supported: ["S256"],
      scopes_supported: scopes,
      authorization_response_iss_parameter_supported: true,
      ...(behaviour.device && { device_authorization_endpoint: deviceEndpoint }),
      ...(behaviour.clientDocuments && { client_id_metadata_document_supported: true }),
    };
    const said = behaviour.metadata?.(honest, request) ?? honest;
    if (typeof said === "string") return { body: said };
    return "body" in said || "status" in said ? said as Answer : { body: said };
  };

  return {
    issuer: places.issuer,
    complaints,
    clients,
    get accessTokens() {
      return tokens.list();
    },
    verify(value, wanted) {
      const grant = tokens.check(value);
      if (typeof grant === "string") return grant;
      if (wanted !== resource()) return "the token is for another resource";
      return { scopes: grant.scopes, clientId: grant.client.id };
    },
    expireAccessTokens: () => tokens.expire(),
    routesAt(origin) {
      const paths = wellKnownPaths(places.issuer);
      const documentsAt = places.documentsAt ?? new URL(places.issuer).origin;
      const registration: [string, string, Handler][] = behaviour.registration === false
        ? []
        : [["POST", places.registration, register]];
      const parts: [string, string, Handler][] = [
        ["GET", places.authorization, authorize],
        ["POST", places.token, token],
        ...behaviour.device ? [["POST", deviceEndpoint, device] as [string, string, Handler]] : [],
        ...registration,
        ...(behaviour.wellKnown ?? ["oauth"] as const).map((name): [string, string, Handler] => [
          "GET",
          documentsAt + paths[name],
          document,
        ]),
      ];
      return Object.fromEntries(
        parts.filter(([, url]) => new URL(url).origin === origin)
          .map(([method, url, handler]) => [`${method} ${new URL(url).pathname}`, handler]),
      );
    },
  };
}
