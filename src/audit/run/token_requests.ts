/** Token requests of an audit, and the tokens that they obtain. @module */

import { stringMember } from "../../core/json.ts";
import { requiresNonce } from "../../flow/token/post_as_client.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import { authenticateClient } from "../../oauth/client/client_auth.ts";
import { bodyMembers } from "../../oauth/token/token_response.ts";
import { isSuccess } from "../../oauth/common/endpoint_response.ts";
import { errorResponse } from "../../oauth/common/error_response.ts";
import { withAliases } from "../../oauth/metadata/server_metadata.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import { skipCheck } from "../context/end_check.ts";
import type {
  AuditGrants,
  AuthorizationReply,
  Grant,
  ParameterChanges,
} from "../context/grants.ts";
import { withChanges } from "./authorization_requests.ts";
import type { Residue, TokenResidue } from "./residue.ts";

type TokenMembers =
  | "responses"
  | "issued"
  | "refreshParameters"
  | "post"
  | "token"
  | "refresh"
  | "read";

export interface TokenRequests extends Pick<AuditGrants, TokenMembers> {
  readonly issued: Record<"code" | TokenResidue["hint"], string[]>;
}

type RefreshForm = AuditGrants["refreshParameters"];

/** Optional parameters of a refresh, in the order of attempts: MCP clients send the first one. */
const REFRESH_FORMS: readonly RefreshForm[] = [["resource"], ["resource", "scope"], [], ["scope"]];

/** True if the server may accept the refresh with other optional parameters. */
function isAboutForm(response: HttpResponse): boolean {
  return response.status >= 400 && response.status < 500 && response.status !== 429 &&
    errorResponse(response).error !== "invalid_grant";
}

/** Records the tokens of responses for the clean-up. */
function createTokenRecords({ clock, discovery, secrets }: Audit, residue: Residue) {
  const issued: TokenRequests["issued"] = { code: [], access_token: [], refresh_token: [] };
  const recorded = new Map<string, TokenResidue>();

  async function record(hint: TokenResidue["hint"], value: string | undefined, by: AuditClient) {
    if (value === undefined || value === "" || recorded.has(value)) return;
    secrets.add(value);
    issued[hint].push(value);
    const entry = await residue.add<TokenResidue>({
      kind: "token",
      issuer: discovery.metadata?.issuer ?? "",
      revocationEndpoint: discovery.metadata?.revocationEndpoint ?? null,
      clientId: by.clientId,
      clientSecret: by.clientSecret ?? null,
      method: by.method,
      hint,
      token: value,
    });
    recorded.set(value, entry);
  }

  async function tokensOf(response: HttpResponse, client: AuditClient) {
    const document = bodyMembers(response) ?? {};
    const accessToken = stringMember(document, "access_token") ?? "";
    const refreshToken = stringMember(document, "refresh_token");
    const idToken = stringMember(document, "id_token");
    secrets.add(idToken);
    await record("access_token", accessToken, client);
    await record("refresh_token", refreshToken, client);
    const expiresIn = Number(document["expires_in"] ?? Infinity);
    return {
      document,
      accessToken,
      refreshToken,
      idToken,
      expiresAt: clock.now() + expiresIn * 1000,
    };
  }

  /** The grant has the new tokens from now on; a replaced refresh token needs no removal. */
  async function adopt(grant: Grant, response: HttpResponse, client: AuditClient): Promise<void> {
    if (!isSuccess(response)) return;
    const { accessToken, refreshToken, expiresAt } = await tokensOf(response, client);
    if (accessToken === "") return;
    const { refreshToken: old = "" } = grant;
    const replaced = recorded.get(old);
    if (refreshToken !== undefined && refreshToken !== old && replaced !== undefined) {
      await residue.delete(replaced);
    }
    Object.assign(grant, { accessToken, refreshToken: refreshToken ?? old, expiresAt });
  }

  return { issued, tokensOf, adopt };
}

/** Sends forms as a client, with its proof of possession. */
function createPost({ discovery, secrets, send: sendRequest }: Audit): AuditGrants["post"] {
  return async (
    endpoint: string,
    form: ParameterChanges,
    client: AuditClient | null,
  ): Promise<HttpResponse> => {
    const send = async (proof?: string) => {
      const body = new URLSearchParams(withChanges([], form).map(([name, value]) => [name, value]));
      const headers = new Headers({
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
      });
      if (client !== null) {
        secrets.add(client.clientSecret);
        const issuer = discovery.metadata?.issuer;
        await authenticateClient(client.method, { ...client, issuer }, body, headers);
      }
      if (proof !== undefined) headers.set("dpop", proof);
      return await sendRequest({
        purpose: "token",
        method: "POST",
        url: endpoint,
        headers: [...headers],
        body: body.toString(),
        certificate: client?.certificate,
      });
    };
    const signer = client?.signer;
    const target = { audience: "authorization_server", method: "POST", url: endpoint } as const;
    return signer === undefined ? await send() : await signer.send(target, send, requiresNonce);
  };
}

/** Refreshes with the optional parameters that the server accepts. */
function createRefresh(
  { discovery }: Audit,
  token: AuditGrants["token"],
  adopt: ReturnType<typeof createTokenRecords>["adopt"],
) {
  let refreshParameters: RefreshForm | undefined;

  async function sendRefresh(grant: Grant, changes: ParameterChanges, client: AuditClient) {
    const { refreshToken } = grant;
    if (refreshToken === undefined) {
      throw skipCheck("needs_refresh_token", "the grant has no refresh token");
    }
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, ...changes };
    const response = await token(form, client);
    await adopt(grant, response, client);
    return response;
  }

  const valuesOf = (form: RefreshForm, { requestedScopes }: Grant): ParameterChanges => ({
    scope: form.includes("scope") ? requestedScopes.join(" ") || undefined : undefined,
    resource: form.includes("resource") ? discovery.resourceParameter : undefined,
  });

  /** A refresh with the first optional parameters that the server accepts. */
  async function usualRefresh(grant: Grant, client: AuditClient): Promise<HttpResponse> {
    const forms = refreshParameters === undefined ? REFRESH_FORMS : [refreshParameters];
    let usual: HttpResponse | undefined;
    for (const form of forms) {
      const response = await sendRefresh(grant, valuesOf(form, grant), client);
      usual ??= response;
      if (isSuccess(response)) {
        refreshParameters = form;
        return response;
      }
      if (!isAboutForm(response)) return response;
    }
    if (usual === undefined) throw new TypeError("no refresh was sent");
    return usual;
  }

  return {
    parameters: () => refreshParameters ?? [],
    async refresh(grant: Grant, changes?: ParameterChanges, other?: AuditClient) {
      const client = other ?? grant.client;
      return changes === undefined ? await usualRefresh(grant, client) : await sendRefresh(
        grant,
        { ...valuesOf(refreshParameters ?? ["resource"], grant), ...changes },
        client,
      );
    },
  };
}

export function createTokenRequests(audit: Audit, residue: Residue): TokenRequests {
  const { discovery, clients } = audit;
  const responses: HttpResponse[] = [];
  const post = createPost(audit);
  const { issued, tokensOf, adopt } = createTokenRecords(audit, residue);

  async function token(form: ParameterChanges, client?: AuditClient | null): Promise<HttpResponse> {
    const usual = discovery.metadata?.tokenEndpoint;
    if (usual === undefined) {
      throw skipCheck("not_advertised", "the metadata has no token_endpoint");
    }
    const sender = client === undefined ? await clients.first() : client;
    const endpoint = sender?.certificate === undefined
      ? usual
      : stringMember(withAliases(discovery.serverDocument), "token_endpoint") ?? usual;
    const response = await post(endpoint, form, sender);
    responses.push(response);
    return response;
  }

  const { parameters, refresh } = createRefresh(audit, token, adopt);
  return {
    responses,
    issued,
    get refreshParameters() {
      return parameters();
    },
    post,
    token,
    async read(
      response: HttpResponse,
      client: AuditClient,
      reply?: AuthorizationReply,
    ): Promise<Grant> {
      const tokens = await tokensOf(response, client);
      const requestedScopes = reply?.record.scopes ?? [];
      return { client, reply, response, requestedScopes, isSecondTry: false, ...tokens };
    },
    refresh,
  };
}
