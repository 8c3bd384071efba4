import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

const BUNDLE = new URL("../../dist/stage/mcpass/bundle/", import.meta.url);

/** Copies the bundle into a folder, with a changed loader and without bytecode. */
async function copyBundle(folder: string, change: (loader: string) => string): Promise<void> {
  await Deno.mkdir(`${folder}/parts`);
  for await (const { name } of Deno.readDir(new URL("parts/", BUNDLE))) {
    if (name.endsWith(".cache")) continue;
    await Deno.copyFile(new URL(`parts/${name}`, BUNDLE), `${folder}/parts/${name}`);
  }
  const loader = await Deno.readTextFile(new URL("main.js", BUNDLE));
  const changed = change(loader);
  assert.notEqual(changed, loader);
  await Deno.writeTextFile(`${folder}/main.js`, changed.replace(/CACHED = .*;/, "CACHED = [];"));
}

/** Replaces the loader's last line: loads every file, and prints how many there are. */
const LOAD_ALL = `
Deno.exit = () => {};
const found = Array.from(Deno.readDirSync(import.meta.dirname + "/parts"), ({ name }) => name);
const packed = found.filter((name) => name.endsWith(".gz"));
for (const name of packed) await unpack(name.slice(0, -3));
const plain = found.filter((name) => name.endsWith(".js")).map((name) => "./" + name);
const names = [...plain, ...texts.keys()];
for (const name of names) await require.load(name);
Deno.stderr.writeSync(new TextEncoder().encode(modules.size + " of " + names.length));
`;

// The bytecode next to them is for the executable's runtime, which may be another one than this.
Deno.test("every file of the bundle can be loaded, also those that a command seldom needs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-parts-" });
  try {
    await copyBundle(folder, (loader) => loader.replace('\nrequire("./main.js");\n', LOAD_ALL));
    const args = ["run", "-A", "--quiet", "--no-config", `${folder}/main.js`, "--version"];
    const ran = await run(Deno.execPath(), args);
    const [, loaded, files] = /^(\d+) of (\d+)$/.exec(ran.stderr) ?? assert.fail(ran.stderr);
    assert.equal(loaded, files);
    assert.ok(Number(files) > 100, files);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A protected server whose authorization server refuses the code. */
function serveRefusal(): Deno.HttpServer<Deno.NetAddr> & { readonly origin: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { origin, pathname, searchParams } = new URL(url);
    if (pathname === "/authorize") {
      const state = searchParams.get("state");
      return Response.redirect(`${searchParams.get("redirect_uri")}?code=c&state=${state}`);
    }
    const documents: Record<string, object> = {
      "/.well-known/oauth-protected-resource/mcp": {
        resource: `${origin}/mcp`,
        authorization_servers: [origin],
      },
      "/.well-known/oauth-authorization-server": {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none"],
      },
      "/register": { client_id: "client", token_endpoint_auth_method: "none" },
      "/token": { error: "invalid_grant" },
    };
    const status = { "/mcp": 401, "/register": 201, "/token": 400 }[pathname] ?? 200;
    return Response.json(documents[pathname] ?? {}, { status });
  });
  return Object.assign(server, { origin: `http://127.0.0.1:${server.addr.port}` });
}

Deno.test("a login that is refused does not load the MCP client", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mcpass-parts-" });
  await using server = serveRefusal();
  try {
    const log = "Deno.writeTextFileSync(import.meta.dirname + '/loaded', file, { append: true });";
    await copyBundle(folder, (loader) => loader.replace("const cachedData =", `${log}$&`));
    const login = ["oauth", "login", "--auth-mode", "headless", "--url", `${server.origin}/mcp`];
    const args = ["run", "-A", "--quiet", "--no-config", `${folder}/main.js`, ...login];
    const ran = await run(Deno.execPath(), [...args, "--store", "none"]);
    assert.match(ran.stdout, /"code": "token_error"/);
    const loaded = await Deno.readTextFile(`${folder}/loaded`);
    assert.match(loaded, /failed_text/);
    assert.doesNotMatch(loaded, /\/(tools|verify|client)-/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
