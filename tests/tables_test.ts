import assert from "node:assert/strict";
import { type SourceFile, sourceFiles, visit } from "./source_code.ts";

/** Where an object is indexed by a name that is not written out, and why that is safe. */
const CLOSED: readonly (readonly [why: string, ...places: readonly string[][]])[] = [
  [
    "the names are those of this program's flags",
    ["src/cli/prompt/ask.ts", "options = {}", "flags[option]", "options[option]"],
    [
      "src/cli/args/command_line.ts",
      "options = {}",
      "flags[option]",
      "options[text]",
      "text in add",
    ],
    ["src/cli/args/flag_rules.ts", "options[name]", "flags[name]", "options[option]"],
    ["src/cli/commands/login/options/login_keys.ts", "options[option]"],
    ["src/cli/commands/login/options/login_rules.ts", "o[name]"],
    ["src/cli/prompt/missing_options.ts", "flags[option]"],
    ["src/cli/args/parse_command.ts", "options = {}", "options[String(option)]"],
    ["src/cli/commands/login/plan_login.ts", "options[name]"],
    ["src/cli/shared/command_session.ts", "flags[name]"],
  ],
  [
    "the name is one of a union, and the object has each",
    ["src/audit/doctor/connection_checks.ts", "lists?.[kind]"],
    ["src/audit/doctor/doctor.ts", "lists?.[kind]"],
    ["src/audit/run/run_checks.ts", "check.severityIn?.[revision]"],
    ["src/report/audit/markdown.ts", "result.counts[verdict]"],
    ["src/report/audit/html.ts", "counts[verdict]"],
    ["src/flow/mcp_clients/parse_client_file.ts", "parsers[parser]"],
    ["src/cli/commands/proxy/debug_proxy_document.ts", "ends[phase]"],
    ["src/cli/commands/proxy/debug_proxy_text.ts", "timings[phase]"],
    ["src/cli/commands/login/result/login_document.ts", "credentials[name]"],
    ["src/cli/commands/login/result/login_text.ts", "hidden?.[name]"],
    ["src/cli/terminal/progress_block.ts", "marks[status]"],
    ["src/cli/commands/server/server_doctor_text.ts", "counts[kind]"],
    ["src/http/guard/guarded_request.ts", "observed.ends[phase]"],
  ],
  [
    "the index is a number, and the table is a typed array",
    ["src/trace/matcher.ts", "isUsed[slotOf(start)]"],
    ["src/trace/secret_search.ts", "values[run.charCodeAt(at)]"],
  ],
  [
    "the name is one of a list of literals, and what is found is checked",
    ["src/flow/client/certificate_files.ts", "jwk[name]"],
    [
      "src/mcp/connection.ts",
      "capabilities = {}",
      'capabilities[kind === "resourceTemplates" ? "resources" : kind]',
      "result[kind]",
    ],
  ],
  [
    "the object has no prototype, or is a list and the index a number",
    ["src/cli/mcp/arguments.ts", "members[key]"],
  ],
  [
    "only the table's own names are looked up",
    [
      "src/store/entry_codec.ts",
      "entry = {}",
      "values = {}",
      "members = {}",
      "entry[group]",
      "entry[name]",
      "((entry[group] ??= {}) as Record<string, unknown>)[name]",
      "members[row.file]",
      "values[member]",
    ],
    ["src/store/member_reader.ts", "members = {}", "members[name]"],
  ],
  [
    "the names are those of this program's groups of commands",
    ["src/cli/app/help.ts", "GROUP_EXAMPLES = {}"],
  ],
  [
    "it is indexed behind Object.hasOwn",
    ["src/cli/app/help_topics.ts", "SUBJECTS = {}", "HELP_TOPICS = {}"],
  ],
  [
    "the name is that of the operating system",
    ["src/consent/browser.ts", "OPENERS = {}"],
    ["src/consent/callback_listener.ts", "PORT_OWNER = {}"],
    ["src/store/keyring/keyring_helpers.ts", "HELPERS = {}"],
    ["src/store/file/home_folder.ts", "CONVENTIONS = {}"],
  ],
  [
    "the index is a number",
    ["src/report/exchange_html.ts", "lanes[entry.lane]"],
    ["src/store/entry_record.ts", "migrations[from]"],
    ["src/trace/fingerprint.ts", "bytes[message.length]"],
    ["src/trace/escapes.ts", "origins[length]"],
    ["src/trace/matcher.ts", "isUsed[slotOf(start)]"],
    ["src/trace/secret_search.ts", "values[run.charCodeAt(at)]"],
    ["src/trace/mask_members.ts", "text[colon]"],
    ["src/trace/secret_search.ts", "runs[Math.floor(part / (to - from))]"],
  ],
];

/** A type that any string indexes without an error of the type checker. */
const OPEN =
  /^:?\s*(?:(?:Readonly|Partial)<\s*)*(?:Record<\s*string\b|\{?\s*(?:readonly )?\[\w+: string\]|JsonObject\b)/;

/** Names of variables that hold a number in this program, and what makes numbers. */
const NUMBERS = /^(?:at|i|index|row|column|count|start|end|lane|beats|\w+\.at)$/;

function isNumber(node: Deno.lint.Expression | Deno.lint.PrivateIdentifier, text: string): boolean {
  return node.type === "UpdateExpression" || node.type === "UnaryExpression" ||
    (node.type === "BinaryExpression" && ["+", "-", "%"].includes(node.operator) &&
      !/["'`]/.test(text)) ||
    NUMBERS.test(text);
}

/** The expression without what only the type checker reads. */
function unwrapped(node: Deno.lint.Node | null | undefined): Deno.lint.Node | undefined {
  return node?.type === "TSAsExpression" || node?.type === "TSSatisfiesExpression"
    ? unwrapped(node.expression)
    : node ?? undefined;
}

function isWithoutPrototype(node: Deno.lint.ObjectExpression): boolean {
  return node.properties.some((it) =>
    it.type === "Property" && !it.computed && it.key.type === "Identifier" &&
    it.key.name === "__proto__"
  );
}

/** Places of a file where a name from the prototype of objects could be found. */
function placesIn(file: SourceFile): string[] {
  const found: string[] = [];
  const safe = new Set<string>();
  const guarded = new Set<string>();
  const open: string[] = [];
  visit(file, (textOf) => ({
    TSTypeAliasDeclaration(node) {
      if (OPEN.test(textOf(node.typeAnnotation))) open.push(node.id.name);
    },
  }));
  visit(file, (textOf) => ({
    VariableDeclarator(node) {
      if (node.id.type !== "Identifier") return;
      const { name, typeAnnotation } = node.id;
      const value = unwrapped(node.init);
      if (value?.type === "ArrayExpression") safe.add(name);
      if (value?.type !== "ObjectExpression") return;
      const isOpen = typeAnnotation !== undefined &&
        (OPEN.test(textOf(typeAnnotation)) || open.includes(textOf(typeAnnotation.typeAnnotation)));
      if (isOpen && !isWithoutPrototype(value)) found.push(`${name} = {}`);
      // The type checker refuses to index it by any other name than its own.
      else safe.add(name);
    },
    CallExpression(node) {
      if (textOf(node.callee) !== "Object.hasOwn") return;
      guarded.add(node.arguments.map(textOf).join("|"));
    },
  }));
  visit(file, (textOf) => ({
    MemberExpression(node) {
      const { object, property } = node;
      if (!node.computed || property.type === "Literal") return;
      const [table, key] = [textOf(object), textOf(property)];
      const isConstant = /^[A-Z][A-Z0-9_]*$/.test(table);
      if (isConstant || safe.has(table) || object.type === "ObjectExpression") return;
      if (isNumber(property, key) || guarded.has(`${table}|${key}`)) return;
      found.push(textOf(node));
    },
    BinaryExpression(node) {
      if (node.operator === "in" && node.left.type !== "Literal") found.push(textOf(node));
    },
  }));
  return [...new Set(found)];
}

Deno.test("the check of tables sees every way to find a name of the prototype", () => {
  const text = [
    "type Texts = Readonly<Record<string, string>>;",
    "const A: Record<string, string> = { a: 'b' };",
    "const B: Texts = { a: 'b' };",
    "const C: { readonly [name: string]: string } = { a: 'b' };",
    "const read = (body: JsonObject, name: string) => body[name];",
    "const has = (body: JsonObject, name: string) => name in body;",
    "const put = (made: Texts, name: string) => { made[name] = ''; };",
    "const safe = [new Map([['a', 'b']]).get(name), { a: 1 }[kind], 'why' in verdict, list[at + 1]];",
    "const own = (body: JsonObject, name: string) => Object.hasOwn(body, name) ? body[name] : '';",
    "const D: Record<string, string> = { __proto__: null, a: 'b' };",
    "const E: Record<'a' | 'b', string> = { a: 'b', b: 'c' };",
  ];
  const places = text.flatMap((line) =>
    placesIn({ path: "planted.ts", text: `${text[0]}\n${line}` })
  );
  assert.deepEqual(places, [
    "A = {}",
    "B = {}",
    "C = {}",
    "body[name]",
    "name in body",
    "made[name]",
  ]);
});

Deno.test("no table is indexed by a name that could come from the prototype", async () => {
  const closed = Map.groupBy(CLOSED.flatMap(([, ...rows]) => rows), ([path]) => path);
  const files = await sourceFiles();
  const found = files.flatMap((file) => {
    const known = (closed.get(file.path) ?? []).flatMap(([, ...places]) => places);
    const places = placesIn(file);
    return [
      ...places.filter((place) => !known.includes(place)).map((it) => `${file.path}: ${it}`),
      ...known.filter((row) => !places.includes(row)).map((it) => `${file.path}: stale: ${it}`),
    ];
  });
  const paths = files.map(({ path }) => path);
  const gone = [...closed.keys()].filter((path) => !paths.includes(path ?? ""));
  assert.deepEqual([...found, ...gone], []);
});
