/**
 * Run by `proxy_test.ts`: sends a request to each URL in its arguments and prints what came back.
 *
 * @module
 */

import { Failure } from "../../src/core/failure.ts";
import { openClient, request } from "./support.ts";

const authority = await Deno.readTextFile(new URL("fixtures/ca.crt", import.meta.url));
const env = { get: (name: string) => Deno.env.get(name), toObject: () => Deno.env.toObject() };

/** The answers of hosts that another party named, and of hosts that the person named. */
const [answers, named] = await Promise.all([[], Deno.args].map(async (namedUrls) => {
  await using client = openClient({ env, caCerts: [authority], namedUrls });
  const found: string[] = [];
  for (const url of Deno.args) {
    try {
      found.push((await client.http.send(request({ url }))).body);
    } catch (error) {
      found.push(error instanceof Failure ? error.code : String(error));
    }
  }
  return found;
}));
const [noProxy, httpProxy] = ["NO_PROXY", "HTTP_PROXY"].map((name) => env.get(name));
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ answers, named, noProxy, httpProxy })),
);
