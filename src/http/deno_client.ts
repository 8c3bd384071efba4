/** Clients of the runtime's `fetch` for further certificates, a proxy, or new connections. @module */

import type { TlsIdentity } from "../core/exchange.ts";
import { Failure, usageFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import {
  NO_PROXY_VARIABLES,
  PROXY_VARIABLES,
  type ProxySettings,
  usesProxy,
} from "./proxy_choice.ts";

export interface DenoClientOptions extends ProxySettings {
  /** PEM text of further trusted certificates. */
  readonly caCerts?: readonly string[] | undefined;
  /** Presented to a server that asks for a certificate. */
  readonly certificate?: TlsIdentity | undefined;
  /** The route of every connection; by default direct, or through a proxy if one is configured. */
  readonly route?: ConnectionRoute | undefined;
}

export type ConnectionRoute =
  /** Through the tunnel with this address. */
  | { readonly tunnel: NonNullable<Deno.CreateHttpClientOptions["proxy"]> }
  /** Through the proxy with this URL. */
  | { readonly proxy: string };

const PROXY_SCHEMES = ["http:", "https:", "socks5:", "socks5h:"];

/** Loopback, in every form that the runtime compares. */
const LOOPBACK =
  "localhost,.localhost,localhost.,127.0.0.0/8,::1,[::1],::ffff:127.0.0.0/104,[::ffff:127.0.0.1]";

/** Runs `make` with these environment variables: the runtime reads them when it makes a client. */
function withVariables<T>(values: ReadonlyMap<string, string | undefined>, make: () => T): T {
  const before = Array.from(values.keys(), (name) => [name, Deno.env.get(name)] as const)
    .filter(([name, value]) => value !== values.get(name));
  const write = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    before.forEach(([name]) => write([name, values.get(name)]));
    return make();
  } finally {
    before.forEach(write);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function proxyOption(text: string): Deno.CreateHttpClientOptions {
  const url = URL.parse(text);
  if (!url || !PROXY_SCHEMES.includes(url.protocol) || url.hostname === "") {
    throw usageFailure(
      "invalid_proxy",
      `proxy ${quoted(text.replace(/\/\/[^/]*@/, "//"))} is not usable`,
      "Name it as http://host:port, https://host:port or socks5://host:port; a user and a password may stand before the host",
    );
  }
  const username = decoded(url.username);
  const password = decoded(url.password);
  url.username = url.password = "";
  const basicAuth = username === "" ? {} : { basicAuth: { username, password } };
  return { proxy: { url: url.href, ...basicAuth } };
}

function caOption(caCerts: readonly string[]): Deno.CreateHttpClientOptions {
  if (caCerts.some((pem) => !pem.includes("-----BEGIN CERTIFICATE-----"))) {
    throw usageFailure(
      "invalid_ca_certificate",
      "a file of trusted certificates holds no certificate in PEM form",
      "Name a file with -----BEGIN CERTIFICATE----- blocks in --ca-file",
    );
  }
  return { caCerts: [...caCerts] };
}

/**
 * A client certificate must not be used with an https proxy: the proxy may ask for it too, and the
 * runtime does not tell the two handshakes apart.
 *
 * @throws Failure `client_certificate_meets_proxy` (usage).
 */
export function assertNoHttpsProxy({ proxy, env }: DenoClientOptions): void {
  const variables = PROXY_VARIABLES.filter((name) => !/^http_/i.test(name));
  const proxies = proxy === undefined ? variables.map((name) => env.get(name)) : [proxy];
  if (!proxies.some((url) => /^https:/i.test(url ?? ""))) return;
  throw usageFailure(
    "client_certificate_meets_proxy",
    "the proxy is spoken to by https, and it would be presented the client certificate too, if it " +
      "asks for one",
    "Name the proxy as http://host:port: what goes through it is TLS all the same",
  );
}

/** The proxy variables for {@link withVariables}. */
function variablesFor({ route, proxy, env }: DenoClientOptions): Map<string, string | undefined> {
  const none = [...PROXY_VARIABLES, ...NO_PROXY_VARIABLES].map((name) =>
    [name, undefined] as const
  );
  const variables = new Map<string, string | undefined>(none);
  if (route !== undefined) {
    // A proxy of --proxy is an option of the client, not a variable.
    return "proxy" in route && proxy === undefined
      ? variables.set("ALL_PROXY", route.proxy)
      : variables;
  }
  // The runtime understands ".example", and not "*.example".
  const noProxy = (env.get("NO_PROXY") || env.get("no_proxy"))
    ?.replaceAll(/(^|,)\s*\*\./g, "$1.");
  // The runtime understands "*" only as the single member, and loopback is added to the list.
  const everyMachine = noProxy?.split(",").some((member) => member.trim() === "*") ?? false;
  for (const name of PROXY_VARIABLES) {
    variables.set(name, everyMachine ? undefined : env.get(name));
  }
  for (const name of NO_PROXY_VARIABLES) {
    variables.set(name, everyMachine ? "*" : noProxy ? `${noProxy},${LOOPBACK}` : LOOPBACK);
  }
  return variables;
}

/**
 * A client for these options, or undefined if the runtime's default one is enough: that one sends
 * requests for 127.0.0.1 through `HTTP_PROXY` too.
 *
 * @param reuse `fresh` makes a connection for each request: the runtime sends a request again when the
 * server closes a reused connection without a response.
 *
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function createDenoClient(
  options: DenoClientOptions,
  reuse: "reused" | "fresh" = "reused",
): Deno.HttpClient | undefined {
  const { caCerts = [], certificate, proxy, route } = options;
  const proxied = usesProxy(options) || usesProxy({ env: Deno.env });
  const plain = !proxied && caCerts.length === 0 && certificate === undefined &&
    route === undefined;
  if (plain && reuse === "reused") return undefined;
  const tunnel = route !== undefined && "tunnel" in route ? route.tunnel : undefined;
  const settings = {
    // Deno 2.6 writes into the object that it is given.
    ...(tunnel !== undefined
      ? { proxy: { ...tunnel } }
      : proxy === undefined
      ? {}
      : proxyOption(proxy)),
    ...(caCerts.length === 0 ? {} : caOption(caCerts)),
    ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key }),
    ...(reuse === "reused" ? {} : { poolMaxIdlePerHost: 0 }),
  };
  try {
    // Environment variables are process-wide, so they are set only if they make a difference.
    return proxied || route !== undefined
      ? withVariables(variablesFor(options), () => Deno.createHttpClient(settings))
      : Deno.createHttpClient(settings);
  } catch (error) {
    if (certificate !== undefined) {
      throw new Failure(
        "client_certificate_unusable",
        `the client certificate ${quoted(certificate.certFile, 4096)} cannot be used: ${
          error instanceof Error ? error.message : String(error)
        }`,
        { remedy: "Check --client-cert and --client-key, and --ca-file and --proxy beside them" },
      );
    }
    throw usageFailure(
      caCerts.length === 0 ? "invalid_proxy" : "invalid_ca_certificate",
      `the connection settings are not usable: ${
        error instanceof Error ? error.message : String(error)
      }`,
      "Check --ca-file and --proxy",
    );
  }
}

/** User info of every proxy that may be used: secrets. */
export function proxySecrets(options: DenoClientOptions): string[] {
  const { env, proxy } = options;
  const urls = [proxy, ...PROXY_VARIABLES.map((name) => env.get(name))];
  return urls.flatMap((text) => {
    const url = URL.parse(text ?? "");
    return url?.password ? [decoded(url.password), url.password] : [];
  });
}
