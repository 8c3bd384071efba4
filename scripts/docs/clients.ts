/**
 * The page about the configuration of MCP clients: what mcpass writes for each.
 *
 * @module
 */

import { entryFor, entryText, formatOf } from "../../src/flow/mcp_clients/client_entry.ts";
import { entryFiles } from "../../src/flow/mcp_clients/client_locations.ts";
import { CONFIGURABLE, type ConfigurableClient } from "../../src/flow/mcp_clients/client_table.ts";

const VALUES = {
  command: "/usr/local/bin/mcpass",
  args: ["bridge", "--url", "https://mcp.linear.app/mcp"],
  url: "https://mcp.linear.app/mcp",
  name: "linear",
  helper: "/usr/local/bin/mcpass credential headers --url https://mcp.linear.app/mcp",
};

const INTRODUCTION = `# Connect an MCP client

\`mcpass config <client> <server>\` prints what a client needs to use an OAuth-protected server, and
where to put it. With \`--write\` it puts it there. \`<server>\` is a URL, a host, or the name of a
stored sign-in.

\`\`\`sh
mcpass config cursor https://mcp.linear.app/mcp           # print the entry
mcpass config cursor https://mcp.linear.app/mcp --write   # show the difference, ask, and write it
mcpass config list                                        # which clients have which servers
mcpass config remove cursor linear
\`\`\`

The client starts \`mcpass bridge\`, which signs in, refreshes the tokens, and passes the messages on.
The entry has no secret: the sign-in is in the store of mcpass. Its command is the absolute path of
this mcpass, because a desktop app searches other folders than a shell; \`--command <path>\`
names another one. Each entry has the longest time limit for a start that the client knows, because a
person may have to sign in.

## What --write does

1. It looks for the file: the one that exists, else the one whose folder exists. \`--project\` uses
   the file of the project in the current folder, \`--file <path>\` any other file.
2. For a new entry of the user it runs the client's own program, if there is one in \`PATH\`, and shows
   the command first. \`--no-installer\` changes the file instead.
3. Otherwise it shows the difference and asks; \`--yes\` answers for you. Values of other entries, which
   may be secrets, are not shown.
4. It makes a backup, \`<file>.mcpass-<time>.bak\`, which only you can read, and replaces the file.

Nothing but the entry changes: comments, order, indentation, line endings, a byte order mark and
numbers of any size remain as they were. An entry that mcpass wrote is updated, and what you added to it
remains. mcpass replaces an entry of another program only with \`--replace\`. \`config remove\` gives the
file its former bytes again, if nothing else changed meanwhile.

mcpass does not change a file that is invalid, has a key twice, is read-only, is not UTF-8, or is not
in a folder of yours, and no YAML in flow style. It then says why, prints the entry, and ends with
exit status 1. Symbolic links are followed and not replaced.

## With or without the bridge

\`--direct\` configures a client that does not need \`mcpass bridge\`:

- **Claude Code** gets its headers from \`mcpass credential headers\`, but only when it connects. If the
  tokens of the server expire during a session, use the bridge.
- Clients with OAuth of their own sign in themselves. They do not use the sign-in of mcpass, and a
  client may not support the OAuth of a server.

For all other clients mcpass says why they need the bridge.
`;

const plain = (path: string) =>
  path.replace("/home/me", "~").replace("C:\\Users\\me", "%USERPROFILE%");

const env = (variables: Record<string, string>) => ({
  get: (name: string) => new Map(Object.entries(variables)).get(name),
  toObject: () => variables,
});

const SYSTEMS = [
  ["Linux", "linux", { HOME: "/home/me" }],
  ["macOS", "darwin", { HOME: "/home/me" }],
  ["Windows", "windows", { USERPROFILE: "C:\\Users\\me" }],
] as const;

/** The usual file on each system; systems with the same one have one row. */
function fileRows(client: ConfigurableClient): string[] {
  const rows = SYSTEMS.map(([name, os, variables]) => {
    const [path] = entryFiles(client, "user", "<name>", { env: env(variables), cwd: "", os });
    return [name, path === undefined ? undefined : plain(path)] as const;
  });
  const byPath = Map.groupBy(rows.filter(([, path]) => path !== undefined), ([, path]) => path);
  return [...byPath].map(([path, systems]) => {
    const names = byPath.size === 1 ? "" : ` (${systems.map(([name]) => name).join(", ")})`;
    return `- **File**: \`${path}\`${names}`;
  });
}

function section(client: ConfigurableClient): string {
  const { id, name, setup, project = [], source, checked } = client;
  const [userPath] = entryFiles(client, "user", "linear", {
    env: env({ HOME: "/home/me" }),
    cwd: "",
  });
  const format = formatOf(userPath ?? project[0] ?? "");
  const fence = (direct: boolean) =>
    `\`\`\`${format}\n${
      entryText(client, format, "linear", entryFor(setup, VALUES, direct))
    }\`\`\``;
  const { direct, bridgeOnly, installer, reload, note } = setup;
  return [
    `### ${id}`,
    `${name} ([documentation](${source}), read ${checked})`,
    [
      ...fileRows(client),
      ...project.slice(0, 1).map((path) => `- **Project**: \`${path.replace("$name", "<name>")}\``),
      ...installer === undefined ? [] : [`- **Program**: \`${installer.program}\``],
      `- **Afterwards**: ${reload}.`,
      ...note === undefined ? [] : [`- ${note}`],
      direct === undefined
        ? `- **Without the bridge**: no, ${bridgeOnly}.`
        : `- **Without the bridge**: it ${direct.why}.`,
    ].join("\n"),
    fence(false),
    ...direct === undefined ? [] : ["With `--direct`:", fence(true)],
  ].join("\n\n");
}

export function clientsPage(): string {
  const rows = CONFIGURABLE.map(({ id, name, project, setup }) =>
    `| [${id}](#${id}) | ${name} | ${project === undefined ? "" : "yes"} | ${
      setup.installer === undefined ? "" : `\`${setup.installer.program}\``
    } | ${setup.direct === undefined ? "" : "yes"} |`
  );
  const table = [
    "| client | | `--project` | own program | `--direct` |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
  return `${
    [INTRODUCTION.trimEnd(), "## Clients", table, ...CONFIGURABLE.map(section)].join("\n\n")
  }\n`;
}
