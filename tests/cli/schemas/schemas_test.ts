import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { COMMANDS } from "../../../src/cli/app/commands.ts";
import { FILE_SCHEMAS, SCHEMAS } from "../../../src/cli/schemas/table.ts";
import { jsonSchema } from "../../../src/cli/schemas/json_schema.ts";
import { foreign, object, result, text } from "../../../src/cli/schemas/schema.ts";
import { documentFaults } from "../document_faults.ts";
import { run } from "../fake_runtime.ts";
import { openHome } from "../real_run.ts";
import { startLab } from "../../lab/shapes.ts";

/** A validator that knows nothing of zod, for the published schema. */
function validatorOf(name: string) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const schema = jsonSchema(name);
  assert.ok(schema, name);
  const validate = ajv.compile(schema);
  return (document: unknown) => validate(document) ? [] : validate.errors;
}

Deno.test("every command has a schema, --format (or --as) and --field", async () => {
  const commands = await Promise.all(COMMANDS.map(({ load }) => load()));
  const named = [...SCHEMAS.keys()].filter((name) => !FILE_SCHEMAS.has(name));
  // The messages of the bridge are those of MCP.
  const documented = commands.map(({ name }) => name).filter((name) => name !== "bridge");
  assert.deepEqual([...new Set(documented)].sort(), named.sort());
  for (const { name, flags, writesLines } of commands) {
    // The documents of these are a protocol of their own.
    if (writesLines) continue;
    assert.ok("format" in flags || "as" in flags, name);
    assert.ok("field" in flags, name);
  }
});

Deno.test("every published schema is JSON Schema 2020-12 with an identifier and descriptions", () => {
  for (const name of SCHEMAS.keys()) {
    const schema = jsonSchema(name);
    assert.equal(schema?.["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert.equal(schema["$id"], `urn:mcpass:schema:${name.replaceAll(" ", "-")}`);
    assert.ok(String(schema["description"]).length > 10, name);
    validatorOf(name);
    assert.doesNotMatch(JSON.stringify(schema), /"additionalProperties":false/, name);
  }
});

Deno.test("a document, and a failure of each kind, fits the published schema", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const validate = validatorOf("oauth login");
  const { stdout } = await home.signIn(lab, "--verify-tools");
  const document = JSON.parse(stdout);
  assert.deepEqual(validate(document), []);
  assert.notDeepEqual(validate({ ...document, ok: false }), []);
  assert.notDeepEqual(validate({ ...document, error: { code: "a", message: "b" } }), []);
  assert.notDeepEqual(validate({ ...document, steps: "none" }), []);
  assert.deepEqual(validate({ ...document, later: "a member of a later version" }), []);
  const json = ["--format", "json"];
  const failed = await home.run(["login", "--url", "http://127.0.0.1:9/mcp", ...json]);
  assert.deepEqual(validate(JSON.parse(failed.stdout)), []);
  const wrong = await home.run(["server", "doctor", "--nothing", ...json]);
  assert.deepEqual(validatorOf("server doctor")(JSON.parse(wrong.stdout)), []);
  const stopped = await home.run(["tools", "list", "--url", lab.mcpUrl, ...json], {
    signal: AbortSignal.abort(),
  });
  const cancelled = JSON.parse(stopped.stdout);
  assert.deepEqual([stopped.status, cancelled.ok, cancelled.error.code], [130, false, "cancelled"]);
  assert.deepEqual(validatorOf("tools list")(cancelled), []);
  const status = await home.run(["oauth", "status", ...json]);
  assert.deepEqual(validatorOf("oauth status")(JSON.parse(status.stdout)), []);
});

Deno.test("the files of a login fit their schemas, and so does each event", async () => {
  await using lab = await startLab();
  await using home = await openHome();
  const [artifact, credentials] = [`${home.path}/debug.json`, `${home.path}/credentials.json`];
  const ran = await home.signIn(
    lab,
    ...["--debug-out", artifact, "--credentials-out", credentials, "--progress", "json"],
    "--verbose",
  );
  const read = async (path: string) => JSON.parse(await Deno.readTextFile(path));
  assert.deepEqual(validatorOf("debug-artifact")(await read(artifact)), []);
  assert.deepEqual(validatorOf("credentials-file")(await read(credentials)), []);
  const event = SCHEMAS.get("progress-event");
  const lines = ran.stderr.trim().split("\n");
  assert.ok(lines.length > 5, ran.stderr);
  for (const line of lines) {
    assert.deepEqual(event?.safeParse(JSON.parse(line)).error?.issues ?? [], [], line);
  }
});

Deno.test("a schema that differs from the type of its document does not compile", () => {
  interface Document {
    readonly name: string;
    readonly note?: string;
    readonly part: { readonly kind: "a" | "b" | null };
  }
  const part = object<Document["part"]>();
  const kind = text as never;
  const fits = result<Document>()("", { name: text, note: text.optional(), part: kind });
  // @ts-expect-error A member is missing.
  result<Document>()("", { name: text, part: kind });
  // @ts-expect-error A member is optional in the schema only.
  result<Document>()("", { name: text.optional(), note: text.optional(), part: kind });
  // @ts-expect-error A member has another type.
  result<Document>()("", { name: foreign, note: text.optional(), part: kind });
  // @ts-expect-error A value is missing in the list.
  part("", { kind: text });
  assert.deepEqual(fits.safeParse({ ok: true, name: "a", part: "b" }).success, true);
});

Deno.test("a document has an error exactly when ok is false", () => {
  const members = {
    version: "1",
    commit: null,
    runtime: "deno",
    target: "x",
    supportedRevisions: [],
  };
  const error = { code: "cancelled", message: "cancelled", fixes: [] };
  const faults = (document: object) => documentFaults("version", document);
  assert.deepEqual(faults({ ok: true, ...members }), []);
  assert.deepEqual(faults({ ok: false, ...members, error }), []);
  assert.deepEqual(faults({ ok: false, completed: false, error }), []);
  assert.notDeepEqual(faults({ ok: true, ...members, error }), []);
  assert.notDeepEqual(faults({ ok: false, ...members }), []);
  assert.notDeepEqual(faults(members), []);
  assert.notDeepEqual(faults({ ok: true, ...members, more: 1 }), []);
});

Deno.test("mcpass schema prints a schema, lists the names, and suggests one", async () => {
  const listed = await run(["schema"]);
  for (const name of SCHEMAS.keys()) assert.ok(listed.stdout.includes(name), name);
  for (const words of [["login"], ["oauth", "login"]]) {
    const printed = await run(["schema", ...words]);
    assert.deepEqual([printed.status, JSON.parse(printed.stdout)], [0, jsonSchema("oauth login")]);
  }
  const unknown = await run(["schema", "oauth", "logn"]);
  assert.deepEqual([unknown.status, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /mcpass schema oauth login/);
});
