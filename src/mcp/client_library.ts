/**
 * What is used of the official MCP client: named here, so that the executable holds no more of it.
 *
 * @module
 */

export { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
