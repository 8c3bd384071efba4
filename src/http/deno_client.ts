import type { TlsIdentity } from "../core/exchange.ts";
import { Failure, usageFailure } from "../core/failure.ts";
import { quoted } from "../core/text.ts";
import {
  NO_PROXY_VARIABLES,
  PROXY_VARIABLES,
  type ProxySettings,
  usesProxy,
} from "./proxy_choice.ts";

/** The route of a connection: a tunnel of mcpass, or the proxy with this URL. */
export type ConnectionRoute = { readonly tunnel: Deno.Proxy } | { readonly proxy: string };

interface DenoClientOptions extends ProxySettings {
  readonly caCerts?: readonly string[] | undefined;
  readonly certificate?: TlsIdentity | undefined;
  /** By default direct, or through a proxy if one is configured. */
  readonly route?: ConnectionRoute | undefined;
}

const PROXY_SCHEMES = ["http:", "https:", "socks5:", "socks5h:"];

/** Every form of loopback that the runtime compares with NO_PROXY. */
const LOOPBACK =
  "localhost,.localhost,localhost.,127.0.0.0/8,::1,[::1],::ffff:127.0.0.0/104,[::ffff:127.0.0.1]";

/** Runs `make` with these environment variables: the runtime reads them when it makes a client. */
function withVariables<T>(values: ReadonlyMap<string, string | undefined>, create: () => T): T {
  const before = Array.from(values.keys(), (name) => [name, Deno.env.get(name)] as const)
    .filter(([name, value]) => value !== values.get(name));
  const write = ([name, value]: readonly [string, string | undefined]) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  try {
    before.forEach(([name]) => write([name, values.get(name)]));
    return create();
  } finally {
    before.forEach(write);
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parseProxy(text: string): Deno.Proxy {
  const url = URL.parse(text);
  if (!url || !PROXY_SCHEMES.includes(url.protocol) || url.hostname === "") {
    throw usageFailure(
      "invalid_proxy",
      `proxy ${quoted(text.replace(/\/\/[^/]*@/, "//"))} is not usable`,
      "Write it as http://host:port, https://host:port or socks5://host:port; a user and a password may be before the host",
    );
  }
  const basicAuth = { username: decodePart(url.username), password: decodePart(url.password) };
  url.username = url.password = "";
  return basicAuth.username === "" ? { url: url.href } : { url: url.href, basicAuth };
}

function checkAuthorities(caCerts: readonly string[]): void {
  if (caCerts.every((pem) => pem.includes("-----BEGIN CERTIFICATE-----"))) return;
  throw usageFailure(
    "invalid_ca_certificate",
    "a file of trusted certificates contains no PEM certificate",
    "Use a file with -----BEGIN CERTIFICATE----- blocks for --ca-file",
  );
}

/** The runtime would also present the client certificate to an https proxy. */
export function assertNoHttpsProxy({ proxy, env }: ProxySettings): void {
  const variables = PROXY_VARIABLES.filter((name) => !/^http_/i.test(name));
  const proxies = proxy === undefined ? variables.map((name) => env.get(name)) : [proxy];
  if (!proxies.some((url) => /^https:/i.test(url ?? ""))) return;
  throw usageFailure(
    "client_certificate_meets_proxy",
    "mcpass connects to this proxy by https, so the proxy could ask for the client certificate and receive it",
    "Write the proxy as http://host:port: the connection to the server through it is still TLS",
  );
}

function variablesFor({ route, proxy, env }: DenoClientOptions) {
  const variables = (proxyOf: (name: string) => string | undefined, noProxy?: string) =>
    new Map([
      ...PROXY_VARIABLES.map((name) => [name, proxyOf(name)] as const),
      ...NO_PROXY_VARIABLES.map((name) => [name, noProxy] as const),
    ]);
  if (route !== undefined) {
    // A proxy of --proxy is an option of the client, not a variable.
    const all = "proxy" in route && proxy === undefined ? route.proxy : undefined;
    return variables((name) => name === "ALL_PROXY" ? all : undefined);
  }
  // The runtime understands ".example", and not "*.example".
  const noProxy = (env.get("NO_PROXY") || env.get("no_proxy"))
    ?.replaceAll(/(^|,)\s*\*\./g, "$1.");
  // The runtime understands "*" only as the single member, but loopback is added to the list below.
  if (noProxy?.split(",").some((member) => member.trim() === "*")) {
    return variables(() => undefined, "*");
  }
  return variables((name) => env.get(name), noProxy ? `${noProxy},${LOOPBACK}` : LOOPBACK);
}

/**
 * Undefined if the runtime's default client is sufficient. That client uses a proxy for 127.0.0.1 too.
 *
 * @param reuse `fresh` opens a connection for each request: if the server closes a reused connection
 * without a response, the runtime sends the request again.
 * @throws Failure `invalid_proxy`, `invalid_ca_certificate` (usage).
 */
export function createDenoClient(
  options: DenoClientOptions,
  reuse: "reused" | "fresh" = "reused",
): Deno.HttpClient | undefined {
  const { caCerts = [], certificate, proxy, route } = options;
  const proxied = usesProxy(options) || usesProxy({ env: Deno.env });
  const isPlain = !proxied && caCerts.length === 0 && certificate === undefined &&
    route === undefined;
  if (isPlain && reuse === "reused") return undefined;
  const tunnel = route !== undefined && "tunnel" in route ? route.tunnel : undefined;
  const through = tunnel ?? (proxy === undefined ? undefined : parseProxy(proxy));
  checkAuthorities(caCerts);
  const settings = {
    // Deno 2.6 writes into the object that it is given.
    ...(through && { proxy: { ...through } }),
    ...(caCerts.length > 0 && { caCerts: [...caCerts] }),
    ...(certificate && { cert: certificate.cert, key: certificate.key }),
    ...(reuse === "fresh" && { poolMaxIdlePerHost: 0 }),
  };
  try {
    // Environment variables are process-wide, so they are set only if they make a difference.
    return proxied || route !== undefined
      ? withVariables(variablesFor(options), () => Deno.createHttpClient(settings))
      : Deno.createHttpClient(settings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (certificate !== undefined) {
      const file = quoted(certificate.certFile, 4096);
      throw new Failure(
        "client_certificate_unusable",
        `the client certificate ${file} cannot be used: ${reason}`,
        { remedy: "Check --client-cert and --client-key, and also --ca-file and --proxy" },
      );
    }
    throw usageFailure(
      caCerts.length === 0 ? "invalid_proxy" : "invalid_ca_certificate",
      `the connection settings are not usable: ${reason}`,
      "Check --ca-file and --proxy",
    );
  }
}

/** The passwords in the URLs of all proxies that may be used. */
export function proxySecrets({ env, proxy }: ProxySettings): string[] {
  return [proxy, ...PROXY_VARIABLES.map((name) => env.get(name))].flatMap((text) => {
    const { password = "" } = URL.parse(text ?? "") ?? {};
    return password === "" ? [] : [decodePart(password), password];
  });
}
