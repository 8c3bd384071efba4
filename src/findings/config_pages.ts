import type { Pages } from "./page.ts";

export const CONFIG_PAGES = {
  config_not_changed: {
    title: "the configuration file of an MCP client was not changed",
    meaning:
      "mcpass changes nothing in such a file except its own entry. The message says why it cannot do " +
      "that here.",
    example: 'a file with a missing brace, a key that is there twice, or "mcpServers": null',
    fix: "Fix what the message names, or put the entry that mcpass printed into the file yourself.",
  },
  config_name_taken: {
    title: "the client has another server of this name",
    meaning:
      "The entry was not written by mcpass, so mcpass does not replace it. Nothing was changed.",
    example: 'an entry "linear" that starts npx mcp-remote',
    fix: "Use another name with --name, or replace the entry with --replace.",
  },
  config_direct_unsupported: {
    title: "the client cannot connect to the server itself",
    meaning:
      "--direct configures a client that can sign in, or gets its headers from a program. The message " +
      "says why this client, or this URL, needs mcpass bridge.",
    example: "mcpass config claude-desktop linear --direct",
    fix: "Leave out --direct.",
  },
  config_installer_failed: {
    title: "the client's own program did not add the server",
    meaning: "mcpass started the program that the message names, and it failed.",
    example: "code, which adds the server to VS Code, on a machine without a display",
    fix: "Repeat the command with --no-installer: mcpass then changes the file itself.",
  },
  config_entry_not_found: {
    title: "the client has no server of this name",
    meaning: "mcpass looked for it in the configuration files of the client. Nothing was changed.",
    example: "mcpass config remove cursor linaer",
    fix: "List the servers of all clients with mcpass config list.",
  },
} as const satisfies Pages;
