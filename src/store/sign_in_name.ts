/** The short name of a sign-in, which commands accept instead of its URL and account. @module */

import { isSignInName } from "../core/command_text.ts";
import { isLoopbackHost, parseUrl } from "../core/url.ts";
import { canonicalServer } from "./entry_key.ts";
import { DEFAULT_ACCOUNT, type EntrySummary } from "./stored_entry.ts";

/** Leaves room for a number. */
function nameText(text: string): string {
  const words = text.toLowerCase().split(/[^a-z0-9_]/).filter((it) => it !== "").join("-");
  return words.slice(0, 36).replace(/^_+/, "");
}

/** Domains of hosting services, below which each server has a subdomain. */
const HOSTING =
  /\.(?:(?:workers|pages|deno|fly|ngrok-free)\.dev|(?:vercel|netlify|ngrok|ngrok-free|railway|replit|run)\.app|(?:onrender|herokuapp|trycloudflare)\.com|github\.io|azurewebsites\.net|hf\.space|modal\.run)$/;

/** Registries such as `co.uk`. */
const REGISTRY = /\.(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}$/;

/** The label that a person would call the server by: `linear` of `mcp.linear.app`. */
function hostName(url: URL): string {
  const host = url.hostname.replace(/\.$/, "");
  if (isLoopbackHost(host)) return `localhost-${url.port || url.protocol.slice(0, -1)}`;
  // An IP address is more than one label.
  if (/^\[|^[\d.]+$/.test(host)) return `ip-${host}${url.port && `-${url.port}`}`;
  const labels = host.split(".");
  if (HOSTING.test(host)) return labels[0] ?? host;
  return labels.at(REGISTRY.test(host) ? -3 : -2) ?? labels[0] ?? host;
}

/** The name of a sign-in that was given none; not yet unique in a store. */
export function derivedName(serverUrl: string, account: string): string {
  const url = parseUrl(serverUrl);
  const host = nameText(url === undefined ? "" : hostName(url)) || "server";
  const name = account === DEFAULT_ACCOUNT ? host : nameText(`${host}-${account}`);
  return isSignInName(name) ? name : "server";
}

export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let number = 2;; number++) {
    const next = `${name}-${number}`;
    if (!taken(next)) return next;
  }
}

type NamedEntry = Pick<EntrySummary, "serverUrl" | "account" | "name" | "key">;

const identityOf = ({ serverUrl, account }: Pick<NamedEntry, "serverUrl" | "account">) =>
  JSON.stringify([canonicalServer(serverUrl), account]);

/**
 * An entry of an older version has no name: it is derived.
 *
 * @param entries All entries of a store, in the order of its list.
 */
export function withNames<T extends NamedEntry>(
  entries: readonly T[],
): (T & { readonly name: string })[] {
  const identities = entries.map(identityOf);
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const give = (identity: string, wanted: string) => {
    const name = freeName(wanted, (it) => taken.has(it));
    taken.add(name);
    names.set(identity, name);
    return name;
  };
  entries.forEach(({ name }, index) => {
    const identity = identities[index] ?? "";
    if (name !== undefined && !names.has(identity)) give(identity, name);
  });
  return entries.map((entry, index) => {
    const identity = identities[index] ?? "";
    const name = names.get(identity) ??
      give(identity, derivedName(entry.serverUrl, entry.account));
    return { ...entry, name };
  });
}
