/** The flows of a suite: servers × revisions × registrations × clients. @module */

import { isObject, type JsonObject } from "../../core/json.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { AuditPlan } from "../context/audit.ts";
import type { TokenClient } from "../../flow/token/post_as_client.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import { matchesGlob } from "../../core/glob.ts";
import type { FlowSettings, RegistrationMode, SuiteFile } from "./suite_schema.ts";

export interface SuiteFlow {
  /** `notes/2026-07-28/dcr`, unique in the suite. */
  readonly name: string;
  /** `notes / 2026-07-28 / dcr` */
  readonly label: string;
  readonly serverId: string;
  readonly serverUrl: string;
  /** Undefined: the newest that the server supports. */
  readonly revision: RevisionId | undefined;
  readonly registration: RegistrationMode;
  /** Name of the client; null if the flow has no client of its own. */
  readonly client: string | null;
  readonly settings: FlowSettings;
}

type GivenClient = NonNullable<FlowSettings["client"]>;

/** Objects are merged, lists are replaced, and null removes a member. */
export function merge(base: JsonObject, changes: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(changes)) {
    const before = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isObject(value) && isObject(before)) merged.set(name, merge(before, value));
    else if (value !== undefined) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function tokenClient({ id, secret, authMethod }: GivenClient): TokenClient {
  return {
    clientId: id,
    clientSecret: secret ?? undefined,
    method: authMethod ?? (secret ? "client_secret_basic" : "none"),
  };
}

function clientsOf({ client, clients }: FlowSettings): ReadonlyMap<string | null, GivenClient> {
  if (clients) return new Map(Object.entries(clients));
  return client ? new Map([[null, client]]) : new Map();
}

function isExcluded(flow: SuiteFlow): boolean {
  return (flow.settings.exclude ?? []).some(({ revision, registration, client }) =>
    (revision === undefined || revision === flow.revision) &&
    (registration === undefined || registration === flow.registration) &&
    (client === undefined || client === flow.client)
  );
}

function flowsOfServer(server: SuiteFile["servers"][number], defaults: FlowSettings): SuiteFlow[] {
  const { id: serverId, url: serverUrl, ...own } = server;
  const settings = merge(defaults as JsonObject, own as JsonObject) as FlowSettings;
  const clients = clientsOf(settings);
  const { revisions = [undefined] } = settings;
  const registrations = settings.registrations ?? [clients.size > 0 ? "preregistered" : "dcr"];
  const flows = (revisions ?? [undefined]).flatMap((revision) =>
    registrations.flatMap((registration) => {
      const names = registration === "preregistered" ? [...clients.keys()] : [null];
      return names.map((client): SuiteFlow => {
        const parts = [serverId, revision ?? "newest", registration, ...client ? [client] : []];
        const [name, label] = [parts.join("/"), parts.join(" / ")];
        return { name, label, serverId, serverUrl, revision, registration, client, settings };
      });
    })
  );
  return flows.filter((flow) => !isExcluded(flow));
}

/** In the order of the file. */
export function expandFlows({ servers, defaults = {} }: SuiteFile): SuiteFlow[] {
  return servers.flatMap((server) => flowsOfServer(server, defaults));
}

/** `2/3` of the flows that match one of the patterns; no pattern: all. */
export function selectFlows(
  flows: readonly SuiteFlow[],
  filters: readonly string[],
  shard: { readonly index: number; readonly count: number } | undefined,
): SuiteFlow[] {
  return flows.filter(({ name }) =>
    filters.length === 0 || filters.some((glob) => matchesGlob(glob, name))
  ).filter((_, at) => shard === undefined || at % shard.count === shard.index - 1);
}

const DEFAULT_CONSENTS = 3;
const DEFAULT_REGISTRATIONS = 20;
const DEFAULT_WAIT_SECONDS = 60;

export function planOfFlow(
  { serverUrl, revision, registration, client, settings }: SuiteFlow,
  more: { readonly only: readonly string[]; readonly skip: readonly string[] },
): AuditPlan {
  const given = registration === "preregistered" ? clientsOf(settings).get(client) : undefined;
  const { secondAccount, secondClient, stepUp, tokens } = settings;
  return {
    serverUrl,
    revision,
    safe: settings.safe ?? false,
    only: more.only.length > 0 ? more.only : settings.only ?? [],
    skip: [...settings.skip ?? [], ...more.skip],
    groups: settings.groups ?? [],
    consents: settings.consents ?? DEFAULT_CONSENTS,
    registrations: settings.maxRegistrations ?? DEFAULT_REGISTRATIONS,
    maxWaitSeconds: settings.maxWaitSeconds ?? DEFAULT_WAIT_SECONDS,
    browserClients: settings.browserClients ?? false,
    authMode: settings.authMode === "client_credentials" || settings.authMode === "device"
      ? settings.authMode
      : undefined,
    accessToken: settings.accessToken ?? undefined,
    usesDocuments: registration === "cimd",
    documentBase: settings.cimdBase ?? undefined,
    documentPort: settings.cimdPort ?? undefined,
    client: given && tokenClient(given),
    secondClient: secondClient ? tokenClient(secondClient) : undefined,
    scopes: settings.scopes ? parseScope(settings.scopes) : undefined,
    otherResource: settings.otherResource ?? undefined,
    tokens: {
      expired: tokens?.expired ?? undefined,
      otherAudience: tokens?.otherAudience ?? undefined,
      secondAccount: secondAccount?.accessToken,
    },
    stepUp: stepUp
      ? {
        tool: stepUp.tool,
        arguments: stepUp.arguments ?? {},
        scope: stepUp.scope ?? undefined,
      }
      : undefined,
  };
}
