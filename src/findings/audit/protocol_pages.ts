import type { Pages } from "../page.ts";

/** Headers of the MCP revisions. */
export const PROTOCOL_CHECK_PAGES = {
  wire_unknown_version: {
    title: "an unknown protocol version gets 400",
    meaning:
      "From this error, clients learn which versions the server supports, and use one of these. If the server continues instead, both sides apply different rules.",
    spec:
      "MCP transports, Protocol Version Header; MCP transports 2025-11-25, Protocol Version Header",
    example: "POST /mcp with MCP-Protocol-Version: 1999-01-01 -> 200",
    serverFix:
      "Answer 400. For 2026-07-28, send the JSON-RPC error -32022 with the supported versions in data.supported.",
  },
  wire_mismatch: {
    title: "headers that contradict the body get 400",
    meaning:
      "A gateway decides by the headers, the server by the body. If they are not compared, an attacker names a harmless method in the header and calls another one in the body.",
    spec: "MCP transports, Server Validation",
    example: 'POST /mcp with Mcp-Method: tools/list and {"method": "tools/call"} -> 200',
    serverFix:
      "Compare MCP-Protocol-Version, Mcp-Method and Mcp-Name with the body, and answer 400 with the JSON-RPC error -32020 if they differ.",
  },
  wire_refusal_kind: {
    title: "a bad request without a token causes no server error",
    meaning:
      "Servers may check the token or the headers first. After a 5xx, clients know neither that they need a token nor what is wrong, and try again later.",
    spec: "MCP authorization, Error Handling",
    example: "POST /mcp with an unknown MCP-Protocol-Version, without Authorization -> 500",
    serverFix:
      "Answer 401 if the token is checked first, otherwise 400 or 404 with a JSON-RPC error.",
  },
} satisfies Pages;
