/**
 * The tools of an MCP server by the official client; the arguments are its URL and an access token.
 *
 * @module
 */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { printLine } from "./plain_oauth.ts";

const [url = "", token = ""] = Deno.args;
const client = new Client({ name: "bare", version: "0" }, {
  versionNegotiation: { mode: { pin: "2026-07-28" } },
});
await client.connect(
  new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  }),
);
const { tools } = await client.listTools();
await client.close();
printLine(JSON.stringify({ tools }));
