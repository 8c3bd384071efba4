/** What an MCP server can list. @module */

/** Lists that a server can offer, by the name of their member in an answer. */
export const LIST_KINDS = ["tools", "resources", "resourceTemplates", "prompts"] as const;

/** One of {@link LIST_KINDS}. */
export type ListKind = typeof LIST_KINDS[number];
