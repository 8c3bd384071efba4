/**
 * A login by plain `fetch`, then the tools by the official client; the URL is the last argument.
 *
 * The client is imported when it is needed: measured a quarter faster than importing it first, so
 * this is the stricter measure.
 *
 * @module
 */

import { plainLogin, printLine } from "./plain_oauth.ts";

const url = Deno.args.at(-1) ?? "";
const token = await plainLogin(url);
const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
const client = new Client({ name: "bare", version: "0" }, {
  versionNegotiation: { mode: { pin: "2026-07-28" } },
});
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token.access_token}` } },
  }),
);
const { tools } = await client.listTools();
await client.close();
printLine(JSON.stringify({ ...token, tools: tools.length }));
