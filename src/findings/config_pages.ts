import type { Pages } from "./page.ts";

export const CONFIG_PAGES = {
  config_not_changed: {
    title: "the configuration file of an MCP client was not changed",
    meaning:
      "mcpass changes nothing in such a file except its own entry. The message says why it cannot do " +
      "that here. The file is as it was.",
    example: 'a file with a missing brace, a key that is there twice, or "mcpServers": null',
    fix: "Fix what the message names, or put the entry that mcpass printed into the file yourself.",
  },
} as const satisfies Pages;
