/**
 * A registered client that may not request a scope: its registration is changed if the server
 * allows it (RFC 7592), else another client is registered, once. @module
 */

import { toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { registeredScopeOf } from "../../oauth/client/registration.ts";
import { parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Client } from "../context/client.ts";
import { obtainClient } from "./client_registration.ts";
import { updateClient } from "./manage_client.ts";
import { secretSourceOf } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";

/** Changes the registration; undefined if the server gives no access or refuses. */
async function updateRegistration(context: LoginContext, client: Client, scope: string) {
  const { registrationUri, registrationToken } = client;
  if (registrationUri === undefined || registrationToken === undefined) return undefined;
  let changed = client;
  try {
    await updateClient(
      context.deps,
      { ...client, registrationUri, registrationToken },
      { scope },
      async (next, record) => {
        const { clientSecret, registrationUri, registrationToken } = next;
        changed = {
          ...changed,
          clientSecret,
          registrationUri,
          registrationToken,
          registeredScope: registeredScopeOf(record),
          clientSecretSource: clientSecret === client.clientSecret
            ? client.clientSecretSource
            : secretSourceOf(clientSecret, context.plan),
        };
        await context.deps.clientChanged?.(changed);
      },
    );
    return changed;
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled") throw failure;
    context.note(`the registration could not be changed: ${failure.message}`);
    return undefined;
  }
}

/** @throws Failure `cancelled`, `registration_limit`, `store_…`. */
export async function expandScope(
  context: LoginContext,
  server: ServerMetadata,
  client: Client,
  scopes: readonly string[],
  dpop: boolean,
): Promise<Client | undefined> {
  const wanted = unionScopes(parseScope(client.registeredScope ?? ""), scopes);
  const needed = quoted(scopes.join(" "));
  const registered = client.registeredScope
    ? `for ${quoted(client.registeredScope)}`
    : "without a scope";
  const say = (how: string) =>
    context.judge([{
      code: "registration_widened",
      severity: "info",
      message: `the client ${quoted(client.clientId, 60)} was registered ${registered}, but ` +
        `${needed} is needed; ${how}`,
      remedy:
        "Server: name every scope in the first challenge\nAuthorization server: let clients request " +
        "scopes that they were not registered with",
      reference: "RFC 7591 §2, scope; RFC 7592 §2.2",
    }]);
  const same = await updateRegistration(context, client, wanted.join(" "));
  if (same !== undefined) {
    say("mcpass changed its registration");
    return same;
  }
  if (server.registrationEndpoint === undefined) return undefined;
  try {
    const demand = { server, scopes: wanted, dpop, anew: true };
    const fresh = await obtainClient(context, demand, client.redirectUri);
    say(`mcpass registered another one, ${quoted(fresh.clientId, 60)}`);
    return fresh;
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || failure.code === "registration_limit") throw failure;
    context.note(`no other client could be registered: ${failure.message}`);
    return undefined;
  }
}
