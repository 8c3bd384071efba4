/** What an MCP server can list. @module */

/** Lists of a server, by the name of their member in a result. */
export const LIST_KINDS = ["tools", "resources", "resourceTemplates", "prompts"] as const;

export type ListKind = typeof LIST_KINDS[number];
