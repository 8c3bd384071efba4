/** The suite file of the MCPJam CLI, as one of ours. @module */

import { isObject, type JsonObject } from "../../core/json.ts";
import { pickDefined } from "../../core/pick_defined.ts";

export function isMcpjamFile(tree: unknown): tree is JsonObject {
  return isObject(tree) && typeof tree["serverUrl"] === "string" && Array.isArray(tree["flows"]);
}

const member = (value: unknown, name: string): unknown =>
  isObject(value) ? new Map(Object.entries(value)).get(name) : undefined;

/** The pre-registered client of a flow. */
function clientOf(flow: JsonObject): JsonObject | undefined {
  const given = member(flow["client"], "preregistered") ?? flow["auth"];
  const id = member(given, "clientId");
  if (typeof id !== "string") return undefined;
  return pickDefined({ id, secret: member(given, "clientSecret") });
}

function serverOf(
  url: unknown,
  defaults: JsonObject,
  own: JsonObject,
  at: number,
): JsonObject {
  const flow = { ...defaults, ...own };
  const { protocolVersion, registrationStrategy, label, customHeaders, redirectUrl, scopes } = flow;
  const mode = member(flow["auth"], "mode");
  const client = clientOf(flow);
  const id = typeof label === "string" ? label.replace(/[^\w.-]+/g, "-") : `flow-${at + 1}`;
  return {
    id,
    url,
    ...pickDefined({
      revisions: protocolVersion === undefined ? undefined : [protocolVersion],
      registrations: registrationStrategy === undefined ? undefined : [registrationStrategy],
      client,
      headers: customHeaders,
      redirectUrl,
      scopes,
      authMode: mode,
      authorizationServer: flow["authorizationServer"],
      require: flow["verification"] === undefined ? undefined : ["rs_good"],
    }),
  };
}

/** One server for each flow. The time limit there is that of a step, so it is left out. */
export function fromMcpjam(tree: JsonObject): JsonObject {
  const defaults = isObject(tree["defaults"]) ? tree["defaults"] : {};
  const flows = Array.isArray(tree["flows"]) ? tree["flows"].filter(isObject) : [];
  return {
    version: 1,
    ...pickDefined({ name: tree["name"] }),
    servers: flows.map((flow, at) => serverOf(tree["serverUrl"], defaults, flow, at)),
  };
}
