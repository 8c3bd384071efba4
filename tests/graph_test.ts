import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { type Module, moduleGraph } from "../scripts/module_graph.ts";
import { filesBelow, ROOT } from "../scripts/shell.ts";

/** The layers, highest first; a layer imports only what is in a later row. Folders likewise. */
const LAYERS: readonly (readonly Layer[])[] = [
  [{
    name: "cli",
    folders: [
      "app",
      "schemas",
      "commands",
      "mcp",
      "shared",
      "prompt",
      "args",
      "terminal",
      "command",
    ],
  }],
  [
    { name: "report" },
    {
      name: "bridge",
      folders: ["stdio", "listen", "sign_in", "control", "map", "relay", "upstream", "message"],
    },
  ],
  [{ name: "audit", folders: ["doctor", "suite", "run", "drivers", "checks", "judge", "context"] }],
  [{
    name: "flow",
    folders: [
      "login",
      "transfer",
      "import",
      "mcp_clients",
      "inspect",
      "credentials",
      "mcp",
      "token",
      "client",
      "discovery",
      "context",
    ],
  }],
  [{ name: "mcp" }, { name: "consent" }, {
    name: "store",
    folders: ["postgres", "file", "keyring"],
  }],
  [{ name: "http", folders: ["client", "guard"] }],
  [{ name: "trace" }],
  [{
    name: "oauth",
    folders: ["client", "token", "authorization", "metadata", "mcp", "common"],
  }],
  [{ name: "edit" }],
  [{ name: "core" }],
  [{ name: "findings" }],
];

interface Layer {
  readonly name: string;
  /** Its folders, highest first. Its `mod.ts` is above all of them, its other files below. */
  readonly folders?: readonly string[];
}

/** Where a file is: its layer's row and its folder's position, both lowest last. */
interface Place {
  readonly layer: string;
  readonly row: number;
  readonly folder: number;
}

/** The place of a file; undefined for a file in no layer. */
function placeOf(path: string): Place | undefined {
  if (path === "main.ts") return { layer: "main", row: -1, folder: 0 };
  const [src, name, folder, file] = path.split("/");
  if (src !== "src" || folder === undefined) return undefined;
  const row = LAYERS.findIndex((layers) => layers.some((layer) => layer.name === name));
  const layer = LAYERS[row]?.find((layer) => layer.name === name);
  if (layer === undefined) return undefined;
  const { folders } = layer;
  if (folders === undefined) return { layer: layer.name, row, folder: 0 };
  if (file === undefined) {
    return { layer: layer.name, row, folder: folder === "mod.ts" ? -1 : folders.length };
  }
  const position = folders.indexOf(folder);
  return position < 0 ? undefined : { layer: layer.name, row, folder: position };
}

function mayImport(from: Place, to: Place): boolean {
  return from.layer === to.layer ? from.folder <= to.folder : from.row < to.row;
}

/** Each module of the tree with the modules of the tree that it imports, as paths. */
function importsOf(root: string, graph: readonly Module[]): Map<string, string[]> {
  const base = pathToFileURL(`${root}/`).href;
  return new Map(
    graph.filter(({ specifier }) => specifier.startsWith(base)).map((module) => [
      module.specifier.slice(base.length),
      module.imports.filter((target) => target.startsWith(base))
        .map((target) => target.slice(base.length)),
    ]),
  );
}

function badImports(root: string, graph: readonly Module[]): string[] {
  const base = pathToFileURL(`${root}/`).href;
  return graph.filter((module) => module.specifier.startsWith(base)).flatMap((module) => {
    const from = module.specifier.slice(base.length);
    const place = placeOf(from);
    if (place === undefined) return from === "deno.json" ? [] : [`${from}: in no layer`];
    if (module.error !== undefined) return [`${from}: ${module.error}`];
    return module.imports.flatMap((target) => {
      if (place.layer === "oauth" && target.startsWith("node:")) {
        return [`${from}: imports ${target}`];
      }
      if (!target.startsWith("file:")) return [];
      const to = target.startsWith(base) ? target.slice(base.length) : target;
      if (to === "deno.json" && (place.layer === "main" || place.layer === "core")) return [];
      const other = placeOf(to);
      return other !== undefined && mayImport(place, other) ? [] : [`${from}: imports ${to}`];
    });
  });
}

/** One cycle for each module that reaches itself by the shortest way, each cycle once. */
function cycles(root: string, graph: readonly Module[]): string[] {
  const imports = importsOf(root, graph);
  const found = new Map<string, string>();
  for (const start of imports.keys()) {
    const via = new Map<string, string>();
    const queue = [start];
    for (const module of queue) {
      for (const target of imports.get(module) ?? []) {
        if (via.has(target)) continue;
        via.set(target, module);
        queue.push(target);
      }
    }
    if (!via.has(start)) continue;
    const cycle = [start];
    for (let at = via.get(start); at !== undefined && at !== start; at = via.get(at)) {
      cycle.push(at);
    }
    const key = [...cycle].sort().join(" ");
    if (!found.has(key)) found.set(key, `cycle: ${cycle.reverse().join(" -> ")}`);
  }
  return [...found.values()];
}

/** What the code of a file uses that its layer forbids. */
function badReach(path: string, text: string): string[] {
  const pure = placeOf(path)?.layer === "oauth";
  const plugin: Deno.lint.Plugin = {
    name: "reach",
    rules: {
      reach: {
        create(context) {
          const report = (node: Deno.lint.Node, message: string) =>
            context.report({ node, message });
          return {
            "MemberExpression"(node) {
              const owner = context.sourceCode.getText(node.object);
              const name = context.sourceCode.getText(node.property);
              const exits = ["Deno", "process", "globalThis.Deno"].includes(owner) &&
                /^(exit|exitCode)$/.test(name);
              if (exits && path !== "main.ts") report(node, `${owner}.${name}`);
            },
            "Identifier"(node) {
              const parent = node.parent;
              const isProperty = parent.type === "MemberExpression" && parent.property === node &&
                !parent.computed;
              const isKey = parent.type === "Property" && parent.key === node;
              if (!pure || isProperty || isKey) return;
              if (/^(Deno|fetch|globalThis|WebSocket|EventSource|console)$/.test(node.name)) {
                report(node, node.name);
              }
            },
          };
        },
      },
    },
  };
  return Deno.lint.runPlugin(plugin, path, text).map((found) => `${path}: uses ${found.message}`);
}

/** Every breach of the layers' rules in the tree at `root`. */
async function breaches(root: string): Promise<string[]> {
  const files = (await filesBelow(`${root}/src`)).filter((path) => /\.(ts|tsx|js|mjs)$/.test(path))
    .map((path) => `${root}/src/${path}`);
  if (await Deno.stat(`${root}/main.ts`).catch(() => undefined)) files.push(`${root}/main.ts`);
  const reached = await Promise.all(files.map(async (file) => {
    const path = file.slice(root.length + 1);
    return badReach(path, await Deno.readTextFile(file));
  }));
  const graph = await moduleGraph(root, files);
  return [...badImports(root, graph), ...cycles(root, graph), ...reached.flat()].sort();
}

Deno.test("each layer and folder imports only lower ones, without cycles, and only main.ts exits", async () => {
  assert.deepEqual(await breaches(ROOT.replace(/\/$/, "")), []);
});

Deno.test("each kind of breach is found in a tree that has it", async () => {
  const root = await Deno.makeTempDir({ prefix: "mcpass-graph-" });
  const tree = {
    "deno.json": "{}",
    "main.ts": `import "./src/cli/a.ts"; Deno.exit(0);`,
    "src/stray.ts": "export const stray = 1;",
    "src/lobby/a.ts": "export const lobby = 1;",
    "src/cli/a.ts": `import "../core/a.ts"; import "../../main.ts"; Deno.exit(1);`,
    "src/core/a.ts": `export type Up = import("../http/a.ts").Http;`,
    "src/http/a.ts":
      `export type Http = 1; import type { Own } from "./b.ts"; export type X = Own;`,
    "src/http/b.ts": `export type Own = 1; export const later = () => import("../flow/a.ts");`,
    "src/flow/a.ts": `export const exit = () => { Deno.exitCode = 2; };`,
    "src/store/a.ts": `import "../consent/a.ts";`,
    "src/flow/context/a.ts": `export type Late = import("../login/a.ts").Login;`,
    "src/flow/login/a.ts": `import "./b.ts"; import "../context/a.ts"; export type Login = 1;`,
    "src/flow/login/b.ts": `import type { Login } from "./a.ts"; export type B = Login;`,
    "src/flow/hall/a.ts": `export const hall = 1;`,
    "src/findings/a.ts": `export type Page = 1;`,
    "src/consent/a.ts": `import type { Out } from "../../tests/a.ts"; export type Y = Out;`,
    "tests/a.ts": `export type Out = 1;`,
    "src/oauth/a.ts":
      `import "node:fs"; /* fetch */ export const a = { fetch: 1 }; export const b = a.fetch;`,
    "src/findings/b.ts": `import type { Up } from "../core/a.ts"; export type C = Up;`,
    "src/oauth/b.ts": `export const get = () => fetch("data:,"); export const e = Deno.env;`,
  };
  try {
    for (const [path, text] of Object.entries(tree)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    assert.deepEqual(await breaches(await Deno.realPath(root)), [
      "cycle: src/cli/a.ts -> main.ts",
      "cycle: src/flow/login/a.ts -> src/flow/context/a.ts",
      "cycle: src/flow/login/b.ts -> src/flow/login/a.ts",
      "src/cli/a.ts: imports main.ts",
      "src/cli/a.ts: uses Deno.exit",
      "src/consent/a.ts: imports tests/a.ts",
      "src/core/a.ts: imports src/http/a.ts",
      "src/findings/b.ts: imports src/core/a.ts",
      "src/flow/a.ts: uses Deno.exitCode",
      "src/flow/context/a.ts: imports src/flow/login/a.ts",
      "src/flow/hall/a.ts: in no layer",
      "src/http/b.ts: imports src/flow/a.ts",
      "src/lobby/a.ts: in no layer",
      "src/oauth/a.ts: imports node:fs",
      "src/oauth/b.ts: uses Deno",
      "src/oauth/b.ts: uses fetch",
      "src/store/a.ts: imports src/consent/a.ts",
      "src/stray.ts: in no layer",
      "tests/a.ts: in no layer",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
