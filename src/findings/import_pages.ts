import type { Pages } from "./page.ts";

export const IMPORT_PAGES = {
  client_file_invalid: {
    title: "a file of another MCP client cannot be used",
    meaning: "It is skipped, and nothing in it is imported. mcpass config import continues.",
    example: "~/.cursor/mcp.json with a missing brace, or owned by another user",
    fix: "Fix the file as the message says, or remove it.",
  },
  import_refused: {
    title: "the sign-in of another client cannot be imported",
    meaning:
      "The message has the reason. Nothing was changed: the tokens are still where they were.",
    example: "an expired token without a refresh token, or a server that now names another issuer",
    fix: "Sign in with mcpass: mcpass login <url>",
  },
  import_not_found: {
    title: "no sign-in for this server in other clients",
    meaning: "Give the URL of a server, or what the configuration file calls it.",
    example: "mcpass config import https://other.example/mcp",
    fix: "List what was found with mcpass config import.",
  },
} as const satisfies Pages;
