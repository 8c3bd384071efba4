import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../../scripts/shell.ts";

const BASE = pathToFileURL(ROOT).href;

interface Info {
  readonly redirects?: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** Everything that is evaluated when these files are: static imports, no types. */
async function evaluated(...files: string[]): Promise<string[]> {
  const queue = files.map((file) => BASE + file);
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(entry, queue.map((it) => `import ${JSON.stringify(it)};\n`).join(""));
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", `${ROOT}deno.json`, entry],
    stderr: "null",
  }).output();
  await Deno.remove(entry);
  const { modules }: Info = JSON.parse(new TextDecoder().decode(output.stdout));
  const seen = new Set<string>();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const found = modules.find(({ specifier }) => specifier === next);
    for (const { specifier, code, isDynamic } of found?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) queue.push(code.specifier ?? specifier);
    }
  }
  return [...seen].map((it) => it.replace(BASE, ""));
}

/** Layers and packages that only a login needs. */
const HEAVY = /src\/(http|flow|mcp|consent|store)\/|\/npm\/|npm:/;

Deno.test("--version loads no package and only the layers cli and core", async () => {
  const loaded = await evaluated("main.ts");
  assert.ok(loaded.includes("src/cli/app/run_cli.ts"));
  const elsewhere = loaded.filter((it) => !/^(main\.ts|src\/(cli|core)\/)/.test(it));
  assert.deepEqual(elsewhere, []);
});

Deno.test("the help of a login loads nothing that only a login needs", async () => {
  const loaded = await evaluated(
    ...["main.ts", "src/cli/app/help.ts", "src/cli/commands/login/login_command.ts"],
    ...[
      "src/cli/args/parse_command.ts",
      "src/cli/terminal/finding_text.ts",
      "src/cli/terminal/json_text.ts",
    ],
  );
  assert.ok(loaded.includes("src/cli/commands/login/options/login_flags.ts"));
  assert.deepEqual(loaded.filter((it) => HEAVY.test(it)), []);
});

/** What a plain login loads, the first request's part and the part after its answer. */
const LOGIN = [
  ...[
    "main.ts",
    "src/cli/commands/login/login_command.ts",
    "src/cli/args/parse_command.ts",
    "src/cli/args/flag_rules.ts",
    "src/cli/commands/login/login_store.ts",
    "src/http/client/create_http_client.ts",
    "src/cli/shared/login_parts.ts",
    "src/consent/headless_consent.ts",
  ],
  ...["src/flow/login/login_steps.ts", "src/consent/headless_redirects.ts"],
  "src/cli/commands/login/result/end_login.ts",
];

Deno.test("a login loads neither the prompts nor the schema", async () => {
  const loaded = await evaluated(...LOGIN);
  assert.ok(loaded.includes("src/flow/login/login.ts"));
  assert.ok(loaded.includes("src/flow/discovery/discover.ts"));
  assert.deepEqual(loaded.filter((it) => /\/npm\/|npm:/.test(it)), []);
});

Deno.test("the help of oauth proxy and oauth debug-proxy loads neither the guard nor undici", async () => {
  const loaded = await evaluated(
    ...["main.ts", "src/cli/app/help.ts", "src/cli/args/parse_command.ts"],
    ...["src/cli/commands/proxy/proxy_command.ts", "src/cli/commands/proxy/debug_proxy_command.ts"],
  );
  assert.ok(loaded.includes("src/cli/commands/proxy/run_proxy.ts"));
  assert.deepEqual(loaded.filter((it) => HEAVY.test(it) || /undici|ipaddr/.test(it)), []);
});

Deno.test("a login does not load the guard", async () => {
  const loaded = await evaluated(...LOGIN);
  assert.deepEqual(loaded.filter((it) => /undici|ipaddr|guarded_/.test(it)), []);
});

Deno.test("what follows the server's answer, and what few logins need, is not loaded before the first request", async () => {
  const loaded = await evaluated(...LOGIN.slice(0, 8));
  const later =
    /\/(unauthenticated_response|challenge_findings|discover|session|establish_session|authorize|token_binding|grant|stored_login|planned_login|send_preflight|origin_metadata|refresh|token|artifact|redact|login_text|end_login|login_document|json_text|headless_chain)\.ts$/;
  assert.deepEqual(loaded.filter((it) => later.test(it)), []);
});

Deno.test("mcpass credential loads no package, and no more of a login than oauth token does", async () => {
  const start = ["main.ts", "src/cli/args/parse_command.ts", "src/cli/args/flag_rules.ts"];
  const folder = "src/cli/commands/credentials/";
  const own = await evaluated(...start, `${folder}credential_command.ts`);
  const token = await evaluated(...start, `${folder}token_command.ts`);
  assert.deepEqual(own.filter((it) => /\/npm\/|npm:/.test(it)), []);
  const more = own.filter((it) => !token.includes(it) && !it.startsWith(`${folder}credential_`));
  assert.deepEqual(more, ["src/store/matching_servers.ts"]);
});

/** What a bridge loads before its first request, with the steps that are loaded in order. */
const BRIDGE = [
  ...["main.ts", "src/cli/args/parse_command.ts", "src/cli/args/flag_rules.ts"],
  ...["src/cli/commands/bridge/bridge_command.ts", "src/flow/credentials/stored_token.ts"],
  ...["src/store/file/open_store.ts", "src/http/client/create_http_client.ts"],
];

Deno.test("a bridge with a valid token loads no code of a sign-in, and no package", async () => {
  const loaded = await evaluated(...BRIDGE);
  assert.ok(loaded.includes("src/bridge/sign_in/sign_in.ts"));
  const later =
    /\/npm\/|npm:|\/src\/consent\/|^src\/consent\/|flow\/login\/|flow\/client\/|person_sign_in|login_gate|kept_answer|bridge_files|elicitation\.ts/;
  assert.deepEqual(loaded.filter((it) => later.test(it)), []);
});
