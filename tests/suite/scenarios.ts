/**
 * The official suite's `auth/*` client scenarios, the wires each applies to, and the flags that a
 * login against it needs; and those for a client without a login, which run through a bridge.
 *
 * @module
 */

/** A scenario of the official suite. */
export interface Scenario {
  /** Its identifier, without `auth/` for a scenario about a login. */
  readonly id: string;
  /** True for a scenario without a login. */
  readonly isOpen?: true;
  /** Protocol versions at which it is run. */
  readonly wires: readonly string[];
  /** True for an extension, which the suite runs only when forced. */
  readonly extension?: true;
  /** Flags beside those of every login. */
  readonly flags: readonly string[];
  /** Flags whose values the scenario hands out, by the key in its context. */
  readonly given?: Readonly<Record<string, string>>;
  /** Flags whose values are files, by the key in its context of what is to stand in the file. */
  readonly files?: Readonly<Record<string, string>>;
  /** Why it is not expected to pass yet. */
  readonly later?: string;
}

const EVERY_AUTH_WIRE = ["2025-06-18", "2025-11-25", "2026-07-28"];
const BOTH = ["2025-11-25", "2026-07-28"];
const NEWEST = ["2026-07-28"];
const OLDEST = ["2025-03-26"];

const DCR = ["--registration", "dcr"];
const CIMD = [
  "--registration",
  "cimd",
  "--client-metadata-url",
  "https://conformance-test.local/client-metadata.json",
];

/** Every scenario, in the suite's order. */
export const SCENARIOS: readonly Scenario[] = [
  { id: "metadata-default", wires: BOTH, flags: DCR },
  { id: "metadata-var1", wires: BOTH, flags: DCR },
  { id: "metadata-var2", wires: BOTH, flags: DCR },
  { id: "metadata-var3", wires: BOTH, flags: DCR },
  { id: "basic-cimd", wires: BOTH, flags: CIMD },
  { id: "scope-from-www-authenticate", wires: BOTH, flags: DCR },
  { id: "scope-from-scopes-supported", wires: BOTH, flags: DCR },
  { id: "scope-omitted-when-undefined", wires: BOTH, flags: DCR },
  { id: "scope-step-up", wires: BOTH, flags: [...DCR, "--verify-call-tool", "test-tool"] },
  { id: "scope-retry-limit", wires: BOTH, flags: DCR },
  { id: "token-endpoint-auth-basic", wires: EVERY_AUTH_WIRE, flags: DCR },
  { id: "token-endpoint-auth-post", wires: EVERY_AUTH_WIRE, flags: DCR },
  { id: "token-endpoint-auth-none", wires: EVERY_AUTH_WIRE, flags: DCR },
  {
    id: "pre-registration",
    wires: BOTH,
    flags: ["--registration", "preregistered"],
    given: { "--client-id": "client_id", "--client-secret": "client_secret" },
  },
  { id: "2025-03-26-oauth-metadata-backcompat", wires: OLDEST, flags: DCR },
  { id: "2025-03-26-oauth-endpoint-fallback", wires: OLDEST, flags: DCR },
  { id: "resource-mismatch", wires: NEWEST, flags: DCR },
  { id: "offline-access-scope", wires: NEWEST, flags: DCR },
  { id: "offline-access-not-supported", wires: NEWEST, flags: DCR },
  { id: "authorization-server-migration", wires: NEWEST, flags: DCR },
  { id: "iss-supported", wires: NEWEST, flags: DCR },
  { id: "iss-not-advertised", wires: NEWEST, flags: DCR },
  { id: "iss-supported-missing", wires: NEWEST, flags: DCR },
  { id: "iss-wrong-issuer", wires: NEWEST, flags: DCR },
  { id: "iss-unexpected", wires: NEWEST, flags: DCR },
  { id: "iss-normalized", wires: NEWEST, flags: DCR },
  { id: "metadata-issuer-mismatch", wires: NEWEST, flags: DCR },
  {
    id: "client-credentials-jwt",
    wires: BOTH,
    extension: true,
    flags: ["--auth-mode", "client_credentials"],
    given: { "--client-id": "client_id" },
    files: { "--private-key-file": "private_key_pem" },
  },
  {
    id: "client-credentials-basic",
    wires: BOTH,
    extension: true,
    flags: ["--auth-mode", "client_credentials"],
    given: { "--client-id": "client_id", "--client-secret": "client_secret" },
  },
  {
    id: "enterprise-managed-authorization",
    wires: BOTH,
    extension: true,
    flags: ["--auth-mode", "enterprise"],
    given: {
      "--client-id": "client_id",
      "--client-secret": "client_secret",
      "--idp-issuer": "idp_issuer",
      "--idp-client-id": "idp_client_id",
      "--idp-token-endpoint": "idp_token_endpoint",
    },
    files: { "--id-token-file": "idp_id_token" },
  },
  { id: "dpop", wires: BOTH, extension: true, flags: DCR },
  { id: "dpop-nonce", wires: BOTH, extension: true, flags: DCR },
  {
    id: "wif-jwt-bearer",
    wires: BOTH,
    extension: true,
    flags: ["--auth-mode", "jwt_bearer"],
    files: { "--assertion-file": "valid_jwt" },
  },
];

const OPEN = (id: string, wires: readonly string[]): Scenario => ({
  id,
  wires,
  isOpen: true,
  flags: [],
});

/** Scenarios whose point is the login, or one that nobody can confirm while a bridge runs. */
const ABOUT_LOGIN = new Set([
  "scope-step-up",
  "scope-retry-limit",
  "resource-mismatch",
  "authorization-server-migration",
  "iss-supported-missing",
  "iss-wrong-issuer",
  "iss-unexpected",
  "iss-normalized",
  "metadata-issuer-mismatch",
]);

/** Every scenario that an official client can satisfy through `mcpass bridge`. */
export const BRIDGE_SCENARIOS: readonly Scenario[] = [
  OPEN("initialize", ["2025-06-18", "2025-11-25"]),
  OPEN("tools_call", EVERY_AUTH_WIRE),
  OPEN("elicitation-sep1034-client-defaults", ["2025-11-25"]),
  OPEN("sse-retry", ["2025-11-25"]),
  OPEN("request-metadata", NEWEST),
  OPEN("sep-2322-client-request-state", NEWEST),
  OPEN("http-standard-headers", NEWEST),
  OPEN("http-custom-headers", NEWEST),
  OPEN("http-invalid-tool-headers", NEWEST),
  OPEN("json-schema-ref-no-deref", NEWEST),
  OPEN("json-schema-2020-12-preservation", BOTH),
  ...SCENARIOS.filter(({ id }) => !ABOUT_LOGIN.has(id)),
];

/** Scenarios about what a client does with what it received. */
const ABOUT_CLIENT = /^sep-2640-client-/;

/** As the suite names it. */
export function suiteId({ id, isOpen }: Scenario): string {
  return isOpen === true ? id : `auth/${id}`;
}

/**
 * The client of a run through a bridge: after the login, an official client calls tools.
 *
 * @param driver Shell words of the official client.
 */
export function bridgeScript(
  client: string,
  scenario: Scenario,
  wire: string,
  driver: string,
): string {
  const run = `exec ${driver} ${client} "$1"\n`;
  if (scenario.isOpen === true) return run;
  const login = clientScript(client, scenario, wire).replace("exec ", "")
    .replace("--verify-tools ", "").trimEnd();
  return `export MCPASS_STORE=file;\n${login} >&2 || exit $?;\n${run}`;
}

/**
 * The client of a run as a shell script, whose one argument is the server's URL.
 *
 * `exec` makes the program under test the process that the suite's time limit ends.
 */
export function clientScript(client: string, scenario: Scenario, wire: string): string {
  const grant = scenario.flags.includes("--auth-mode") ? [] : ["--auth-mode", "headless"];
  const given = Object.entries(scenario.given ?? {})
    .map(([flag, key]) => `${flag} "$(${contextMember(key)})"`);
  const files = Object.entries(scenario.files ?? {});
  const named = files.map(([flag, key]) => `${flag} "$HOME/${key}"`);
  return [
    ...files.length === 0 ? [] : ["umask 077;"],
    ...files.map(([, key]) => `${contextMember(key)} | sed 's/\\\\n/\\n/g' >"$HOME/${key}";`),
    `exec ${client} oauth login --protocol-version ${wire}`,
    ...grant,
    "--verify-tools",
    ...scenario.flags,
    ...given,
    ...named,
    '--format json --url "$1"',
  ].join(" ") + "\n";
}

/** Shell words that print one string member of the JSON which the scenario hands out. */
function contextMember(key: string): string {
  return String
    .raw`printf %s "$MCP_CONFORMANCE_CONTEXT" | sed 's/.*"${key}":"\([^"]*\)".*/\1/'`;
}

/** Lines on which the table and the suite's `list --client` differ; none when they agree. */
export function differences(listing: string): string[] {
  const listed = new Map(
    listing.matchAll(/^\s*- (\S+) \[(.*)\]$/gm)
      .map(([, id = "", versions = ""]): [string, string] => [id, versions])
      .filter(([id]) => !ABOUT_CLIENT.test(id)),
  );
  const all = new Set([...SCENARIOS, ...BRIDGE_SCENARIOS]);
  const rows = new Map(
    Array.from(all, (row) => [suiteId(row), row.extension ? "extension" : row.wires.join(",")]),
  );
  return [...new Set([...listed.keys(), ...rows.keys()])]
    .filter((id) => listed.get(id) !== rows.get(id))
    .map((id) =>
      `${id}: the suite says "${listed.get(id) ?? "-"}", the table "${rows.get(id) ?? "-"}"`
    );
}
