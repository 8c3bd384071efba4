/** How a client starts mcp-remote, which names the files of a sign-in after its arguments. @module */

import { createHash } from "node:crypto";

export interface McpRemoteCall {
  readonly serverUrl: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly resource: string | undefined;
  readonly authorizeParams: readonly (readonly [name: string, value: string])[];
  readonly clientMetadataUrl: string | undefined;
  readonly tokenEndpoint: string | undefined;
}

/** mcp-remote without further arguments. */
export function plainCall(serverUrl: string): McpRemoteCall {
  return {
    serverUrl,
    headers: [],
    resource: undefined,
    authorizeParams: [],
    clientMetadataUrl: undefined,
    tokenEndpoint: undefined,
  };
}

function pairs(texts: readonly string[], separator: string): (readonly [string, string])[] {
  return texts.flatMap((text) => {
    const at = text.indexOf(separator);
    const value = text.slice(at + 1);
    return at < 1 ? [] : [[text.slice(0, at).trim(), separator === ":" ? value.trim() : value]];
  });
}

/** Undefined if the command line does not start mcp-remote. */
export function mcpRemoteCall(words: readonly string[]): McpRemoteCall | undefined {
  const at = words.findIndex((word) =>
    /(^|[\\/])mcp-remote(-client)?(@[^\\/]*|\.cmd)?$/.test(word)
  );
  const args = at === -1 ? [] : words.slice(at + 1);
  const serverUrl = args.find((word) => /^https?:\/\//i.test(word));
  if (serverUrl === undefined) return undefined;
  const valuesOf = (flag: string) =>
    args.flatMap((word, index) => word === flag ? args[index + 1] ?? [] : []);
  const firstOf = (flag: string) => valuesOf(flag)[0]?.trim() || undefined;
  return {
    serverUrl,
    headers: pairs(valuesOf("--header"), ":"),
    resource: args.includes("--disable-resource-parameter") ? undefined : firstOf("--resource"),
    authorizeParams: pairs(valuesOf("--authorize-param"), "="),
    clientMetadataUrl: firstOf("--client-metadata-url"),
    tokenEndpoint: firstOf("--token-endpoint"),
  };
}

function sortedJson(list: McpRemoteCall["headers"]): string[] {
  const names = [...new Map(list)].sort(([one], [other]) => one < other ? -1 : 1);
  return names.length === 0 ? [] : [JSON.stringify(Object.fromEntries(names))];
}

/** The prefix of its files (`getServerUrlHash` of mcp-remote 0.1 to 0.15). */
export function mcpRemoteHash(call: McpRemoteCall): string {
  const { serverUrl, resource, authorizeParams, headers, clientMetadataUrl, tokenEndpoint } = call;
  const parts = [
    serverUrl,
    ...resource === undefined ? [] : [resource],
    ...sortedJson(authorizeParams),
    ...sortedJson(headers),
    ...clientMetadataUrl === undefined ? [] : [clientMetadataUrl],
    ...tokenEndpoint === undefined ? [] : [tokenEndpoint],
  ];
  return createHash("md5").update(parts.join("|")).digest("hex");
}
