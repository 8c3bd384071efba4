import { usageFailure } from "./failure.ts";

export const CA_STORES = ["system", "bundled", "both"] as const;

/** The certificate authorities of the system, those inside this program, or both. */
export type CaStore = (typeof CA_STORES)[number];

/** Values of `DENO_TLS_CA_STORE`. */
const STORE_NAMES = { system: "system", bundled: "mozilla", both: "mozilla,system" };

/** Variables that the runtime reads; mcpass ignores them, because they are meant for other programs. */
const VARIABLES = ["DENO_TLS_CA_STORE", "DENO_CERT", "NODE_EXTRA_CA_CERTS"];

/** The bundles of Debian, Fedora, older Fedora, SUSE and Alpine. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

let choice: { readonly store: CaStore; readonly given: boolean } | undefined;

/**
 * Chooses the authorities of this process. The default is both: in networks that inspect TLS, only the
 * system has the authority. For a server on plain http the default is the bundled ones, because those of
 * the system take 7 ms to load.
 */
export function chooseAuthorities(given: CaStore | undefined, serverUrl: unknown): void {
  const isPlain = typeof serverUrl === "string" && serverUrl.startsWith("http:");
  choice = { store: given ?? (isPlain ? "bundled" : "both"), given: given !== undefined };
}

/** Checked before loading, because a failed load cannot be repeated. */
function systemHasAuthorities(): boolean {
  if (Deno.build.os !== "linux") return true;
  const named = Deno.env.get("SSL_CERT_FILE");
  return (named === undefined ? BUNDLES : [named]).some((path) => {
    try {
      const file = Deno.openSync(path);
      try {
        return file.statSync().isFile;
      } finally {
        file.close();
      }
    } catch {
      return false;
    }
  });
}

/**
 * Loads the chosen authorities, once for the process. It must run before the first connection, when
 * the runtime would load its own choice.
 *
 * @throws Failure `ca_store_unavailable` if `--ca-store` asks for those of the system and it has none.
 */
export function loadAuthorities(): void {
  if (choice === undefined) return;
  const { store, given } = choice;
  choice = undefined;
  const selected = given || store === "bundled" || systemHasAuthorities() ? store : "bundled";
  const before = VARIABLES.map((name) => [name, Deno.env.get(name)] as const)
    .filter(([, value]) => value !== undefined);
  if (selected === "bundled" && before.length === 0) return;
  before.forEach(([name]) => Deno.env.delete(name));
  try {
    Deno.env.set("DENO_TLS_CA_STORE", STORE_NAMES[selected]);
    Deno.createHttpClient({}).close();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageFailure(
      "ca_store_unavailable",
      `--ca-store ${selected}: the system's certificate authorities cannot be loaded: ${why}`,
      "Install them (package ca-certificates), or choose --ca-store bundled, with --ca-file <path> " +
        "for an authority of your own",
    );
  } finally {
    Deno.env.delete("DENO_TLS_CA_STORE");
    before.forEach(([name, value]) => Deno.env.set(name, value ?? ""));
  }
}
