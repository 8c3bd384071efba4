/** Limit of a response of the MCP server, unless a flag raises it. @module */

export const MEBIBYTE: number = 1024 * 1024;

export const DEFAULT_RESPONSE_BYTES: number = 64 * MEBIBYTE;
