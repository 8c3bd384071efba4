/**
 * An npm registry on loopback: verdaccio, from npm.
 *
 * @module
 */

import assert from "node:assert/strict";
import { run } from "../../scripts/shell.ts";

/** Runs on Node 18 and later. */
const VERDACCIO = "6.2.2";

/** A running registry, which accepts every package. */
export interface Registry extends AsyncDisposable {
  /** Its URL, with a slash at the end. */
  readonly url: string;
  /** A user's npm configuration with a token for it. */
  readonly npmrc: string;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Installs and starts it; its files are in a folder of this one. */
export async function startRegistry(parent: string): Promise<Registry> {
  const folder = `${parent}/registry`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({
      private: true,
      dependencies: { verdaccio: VERDACCIO },
      // It names a tag of this package, which a mirror of the registry may not have.
      overrides: { "node-fetch": "2.7.0" },
    }),
  );
  const options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
  const installed = await run("npm", options, { cwd: folder });
  assert.ok(installed.success, installed.stderr);
  await Deno.writeTextFile(
    `${folder}/config.yaml`,
    `storage: ${folder}/storage
auth: { htpasswd: { file: ${folder}/htpasswd } }
packages: { "**": { access: $all, publish: $all } }
max_body_size: 300mb
log: { type: stdout, format: json, level: fatal }
`,
  );
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command("node", {
    args: [
      ...[`${folder}/node_modules/verdaccio/bin/verdaccio`, "--config", `${folder}/config.yaml`],
      ...["--listen", address],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const url = `http://${address}/`;
  for (;;) {
    const response = await fetch(`${url}-/ping`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok === true) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const npmrc = `${folder}/npmrc`;
  await Deno.writeTextFile(npmrc, `//${address}/:_authToken=anyone\n`);
  return {
    url,
    npmrc,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
    },
  };
}
