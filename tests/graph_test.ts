import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { type Module, moduleGraph } from "../scripts/module_graph.ts";
import { filesBelow, ROOT } from "../scripts/shell.ts";

/** The rooms by line: a room imports only rooms on lower lines. */
const LINES = [
  ["cli"],
  ["audit", "bridge", "report"],
  ["flow"],
  ["mcp", "consent", "store"],
  ["http"],
  ["trace"],
  ["oauth"],
  ["core"],
  ["findings"],
];
const ROOMS = LINES.flat();

/** The room of a file, `main` for the entry, undefined for a file in no room. */
function roomOf(path: string): string | undefined {
  if (path === "main.ts") return "main";
  const [src, room, file] = path.split("/");
  return src === "src" && file !== undefined && ROOMS.includes(room ?? "") ? room : undefined;
}

function line(room: string): number {
  return room === "main" ? -1 : LINES.findIndex((rooms) => rooms.includes(room));
}

function badArrows(root: string, graph: readonly Module[]): string[] {
  const base = pathToFileURL(`${root}/`).href;
  return graph.filter((module) => module.specifier.startsWith(base)).flatMap((module) => {
    const from = module.specifier.slice(base.length);
    const room = roomOf(from);
    if (room === undefined) return from === "deno.json" ? [] : [`${from}: in no room`];
    if (module.error !== undefined) return [`${from}: ${module.error}`];
    return module.imports.flatMap((target) => {
      if (room === "oauth" && target.startsWith("node:")) return [`${from}: imports ${target}`];
      if (!target.startsWith("file:")) return [];
      const to = target.startsWith(base) ? target.slice(base.length) : target;
      if (to === "deno.json" && (room === "main" || room === "core")) return [];
      const other = roomOf(to);
      const allowed = other !== undefined && (other === room || line(room) < line(other)) &&
        (room !== "oauth" || ["oauth", "core", "findings"].includes(other));
      return allowed ? [] : [`${from}: imports ${to}`];
    });
  });
}

/** What a file's code touches that its place forbids. */
function badReach(path: string, text: string): string[] {
  const pure = roomOf(path) === "oauth";
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

/** Every breach of the rooms' rules in the tree at `root`. */
async function breaches(root: string): Promise<string[]> {
  const files = (await filesBelow(`${root}/src`)).filter((path) => /\.(ts|tsx|js|mjs)$/.test(path))
    .map((path) => `${root}/src/${path}`);
  if (await Deno.stat(`${root}/main.ts`).catch(() => undefined)) files.push(`${root}/main.ts`);
  const reached = await Promise.all(files.map(async (file) => {
    const path = file.slice(root.length + 1);
    return badReach(path, await Deno.readTextFile(file));
  }));
  return [...badArrows(root, await moduleGraph(root, files)), ...reached.flat()].sort();
}

Deno.test("every room imports only rooms on lower lines, and only main.ts exits", async () => {
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
    "src/consent/a.ts": `import type { Out } from "../../tests/a.ts"; export type Y = Out;`,
    "tests/a.ts": `export type Out = 1;`,
    "src/oauth/a.ts":
      `import "node:fs"; /* fetch */ export const a = { fetch: 1 }; export const b = a.fetch;`,
    "src/oauth/b.ts": `export const get = () => fetch("data:,"); export const e = Deno.env;`,
  };
  try {
    for (const [path, text] of Object.entries(tree)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    assert.deepEqual(await breaches(await Deno.realPath(root)), [
      "src/cli/a.ts: imports main.ts",
      "src/cli/a.ts: uses Deno.exit",
      "src/consent/a.ts: imports tests/a.ts",
      "src/core/a.ts: imports src/http/a.ts",
      "src/flow/a.ts: uses Deno.exitCode",
      "src/http/b.ts: imports src/flow/a.ts",
      "src/lobby/a.ts: in no room",
      "src/oauth/a.ts: imports node:fs",
      "src/oauth/b.ts: uses Deno",
      "src/oauth/b.ts: uses fetch",
      "src/store/a.ts: imports src/consent/a.ts",
      "src/stray.ts: in no room",
      "tests/a.ts: in no room",
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
