import type { Command, CommandEntry, CommandGroup } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { COMMON_GROUP } from "../args/common_flags.ts";
import { columnOf, type Field, fields, wrap } from "../terminal/layout.ts";
import type { Io } from "../../core/system.ts";

const EARLY_FLAGS = [
  { group: COMMON_GROUP, flags: "-V, --version", about: "print the version" },
  { group: COMMON_GROUP, flags: "-h, --help", about: "show this help" },
];

function exampleLines(examples: Command<FlagTable>["examples"]): string[] {
  return examples.flatMap(([comment, line]) => [
    `  # ${comment}`,
    ...line.split("\n").map((part) => `  ${part}`),
  ]);
}

function flagLines(flags: FlagTable, width: number): string[] {
  const groups = new Map<string, Field[]>();
  for (const { group, flags: names, about } of [...Object.values(flags), ...EARLY_FLAGS]) {
    groups.set(group, [...groups.get(group) ?? [], [`  ${names}`, about]]);
  }
  const column = columnOf([...groups.values()].flat());
  return [...groups].flatMap(([group, rows]) => ["", group, ...fields(rows, width, column)]);
}

/** What a command accepts after its options: its own arguments, or the server. */
export function argumentsText({ operands, flags, serverOperand }: Command<FlagTable>): string {
  if (operands === undefined) return Object.hasOwn(flags, "url") ? "[<server>]" : "";
  if (serverOperand === "second") return `${operands} [<server>]`;
  return serverOperand === undefined ? operands : `[<server>] ${operands}`;
}

const SERVER_NOTE =
  "<server> is a URL, a host, or the name of a stored sign-in (mcpass status lists them).";

/** @param name The command as it was typed: `token` or `oauth token`. */
function commandHelp(command: Command<FlagTable>, name: string, width: number): string {
  const { summary, examples, flags, notes = [] } = command;
  const after = argumentsText(command);
  const other = command.name === `oauth ${name}` ? command.name : undefined;
  const about = [
    ...after.includes("<server>") ? [SERVER_NOTE] : [],
    ...other === undefined ? [] : [`mcpass ${other} is the same command.`],
    ...notes,
  ];
  return [
    ...wrap(summary, width),
    ...examples.length === 0 ? [] : ["", "Examples:", ...exampleLines(examples)],
    "",
    `Usage: mcpass ${name} ${after === "" ? "" : `${after} `}[options]`,
    ...flagLines(flags, width),
    ...about.flatMap((note) => ["", ...wrap(note, width)]),
    "",
  ].join("\n");
}

const MAIN_EXAMPLES: Command<FlagTable>["examples"] = [
  ["sign in with the browser", "mcpass login https://mcp.linear.app/mcp"],
  ["sign in with a guide that asks for the server", "mcpass"],
  ["use the sign-in by its name", "mcpass tools list linear"],
  ["in a script", 'TOKEN="$(mcpass token linear)"'],
  ["find out why a server does not work", "mcpass server doctor https://mcp.example.com/mcp"],
];

const GROUP_EXAMPLES: Readonly<Record<string, Command<FlagTable>["examples"]>> = {
  server: [
    ["what a server offers", "mcpass server probe https://server.example/mcp"],
    ["what is wrong with it", "mcpass server doctor https://server.example/mcp"],
  ],
  tools: [
    ["the tools of a server", "mcpass tools list linear"],
    ["call one of them", "mcpass tools call linear forecast city=Oslo days:=3"],
  ],
  resources: [
    ["the resources of a server", "mcpass resources list linear"],
    ["read one of them", "mcpass resources read linear file:///readme.md"],
  ],
  prompts: [
    ["the prompts of a server", "mcpass prompts list linear"],
    ["get one of them", "mcpass prompts get linear review language=Go"],
  ],
  oauth: [
    ["sign in with the browser", "mcpass oauth login https://server.example/mcp"],
    ["show the metadata of a server", "mcpass oauth metadata https://server.example/mcp"],
  ],
  store: [
    ["a key for every machine", "mcpass store new-key > mcpass.key"],
    ["create the tables", "mcpass store migrate --store-url-file database.url"],
  ],
  "oauth client-metadata": [
    [
      "generate a document",
      "mcpass oauth client-metadata generate \\\n" +
      "  --client-metadata-url https://app.example/client.json > client.json",
    ],
    [
      "check the published document, for a login to a server",
      "mcpass oauth client-metadata check https://app.example/client.json \\\n" +
      "  --url https://server.example/mcp",
    ],
  ],
};

const SECTIONS: Readonly<Record<CommandGroup, string>> = {
  sign_in: "Sign in:",
  use: "Use a server:",
  debug: "Find out what is wrong:",
  more: "More commands:",
};

/** All commands in sections. A command with a short form is listed under it alone. */
function sectionLines(commands: readonly CommandEntry[], width: number): string[] {
  const listed = commands.filter(({ load }, index) =>
    commands.findIndex((other) => other.load === load) === index
  );
  const rows = listed.map(({ name, group = "debug", summary }) => (
    { group, field: [`  ${name}`, summary] as Field }
  ));
  const column = columnOf(rows.map(({ field }) => field));
  return Object.entries(SECTIONS).flatMap(([section, title]) => [
    title,
    ...fields(rows.filter(({ group }) => group === section).map((row) => row.field), width, column),
    "",
  ]);
}

function mainHelp(commands: readonly CommandEntry[], width: number): string {
  return [
    ...wrap("Sign in to OAuth-protected MCP servers, use them, and diagnose them", width),
    "",
    "Examples:",
    ...exampleLines(MAIN_EXAMPLES),
    "",
    "Usage: mcpass <command> [<server>] [options]",
    "",
    ...sectionLines(commands, width),
    ...wrap(SERVER_NOTE, width),
    ...wrap("login, status, token, refresh and logout are also commands of mcpass oauth.", width),
    "",
    "More help:",
    ...fields([
      ["  mcpass <command> --help", "the options of a command"],
      ["  mcpass help topics", "environment variables, exit statuses and others"],
      ["  mcpass explain --list", "the codes of all errors and findings"],
    ], width),
    "",
  ].join("\n");
}

function groupHelp(name: string, commands: readonly CommandEntry[], width: number): string {
  return [
    ...wrap(`The commands of mcpass ${name}`, width),
    "",
    "Examples:",
    ...exampleLines(GROUP_EXAMPLES[name] ?? []),
    "",
    `Usage: mcpass ${name} <command> [options]`,
    "",
    "Commands:",
    ...fields(commands.map((it) => [`  ${it.name}`, it.summary]), width),
    "",
    ...wrap(`mcpass ${name} <command> --help shows the options of a command.`, width),
    "",
  ].join("\n");
}

export function helpWidth(io: Io): number {
  return io.stdoutIsTerminal ? Math.min(io.columns(), 100) : 80;
}

/** Writes the document of `--format json`. */
export async function writeHelpDocument(
  io: Io,
  content: Parameters<typeof import("../commands/info/help_document.ts").helpDocument>[0],
): Promise<void> {
  const { helpDocument } = await import("../commands/info/help_document.ts");
  const { documentText } = await import("../terminal/json_text.ts");
  io.out(documentText(helpDocument(content)));
}

/** @param asDocument True to write it as JSON. */
export async function writeHelp(
  commands: readonly CommandEntry[],
  entry: CommandEntry | undefined,
  group: string | undefined,
  io: Io,
  asDocument = false,
): Promise<void> {
  const width = helpWidth(io);
  const name = entry?.name ?? group ?? null;
  const command = await entry?.load();
  const below = commands.filter((it) => group === undefined || it.name.startsWith(`${group} `));
  const text = command !== undefined
    ? commandHelp(command, name ?? "", width)
    : group === undefined
    ? mainHelp(commands, width)
    : groupHelp(group, below, width);
  if (!asDocument) return io.out(text);
  await writeHelpDocument(io, {
    name,
    text,
    ...command === undefined ? { commands: below } : { command, after: argumentsText(command) },
  });
}
