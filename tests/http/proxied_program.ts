/**
 * Run by `proxy_test.ts`: sends a request to each URL in its arguments and prints what came back.
 *
 * @module
 */

import { Failure } from "../../src/core/failure.ts";
import { openDoor, request } from "./support.ts";

const authority = await Deno.readTextFile(new URL("fixtures/ca.crt", import.meta.url));
const env = { get: (name: string) => Deno.env.get(name), toObject: () => Deno.env.toObject() };
await using door = openDoor({ env, caCerts: [authority] });

const answers: string[] = [];
for (const url of Deno.args) {
  try {
    answers.push((await door.http.send(request({ url }))).body);
  } catch (error) {
    answers.push(error instanceof Failure ? error.code : String(error));
  }
}
const [noProxy, httpProxy] = ["NO_PROXY", "HTTP_PROXY"].map((name) => env.get(name));
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ answers, noProxy, httpProxy })));
