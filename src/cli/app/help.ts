import type { Command, CommandEntry } from "../command/command.ts";
import type { FlagTable } from "../command/flag.ts";
import { COMMON_GROUP } from "../args/common_flags.ts";
import { columnOf, type Field, fields, wrap } from "../terminal/layout.ts";
import type { Io } from "../../core/system.ts";

const EARLY_FLAGS = [
  { group: COMMON_GROUP, flags: "-V, --version", about: "show the version" },
  { group: COMMON_GROUP, flags: "-h, --help", about: "show this" },
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

function commandHelp<F extends FlagTable>(command: Command<F>, width: number): string {
  const operands = command.operands === undefined ? "" : ` ${command.operands}`;
  return [
    ...wrap(`${command.summary}.`, width),
    ...command.examples.length === 0 ? [] : ["", "Examples:", ...exampleLines(command.examples)],
    "",
    `Usage: mcpass ${command.name} [options]${operands}`,
    ...flagLines(command.flags, width),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrap(note, width)]),
    "",
  ].join("\n");
}

const MAIN_EXAMPLES: Command<FlagTable>["examples"] = [
  [
    "sign in: opens a browser, prints the credentials",
    "mcpass oauth login --url https://server.example/mcp",
  ],
  [
    "look before signing in: discovery and the plan, nothing registered",
    "mcpass oauth login --url https://server.example/mcp --dry-run",
  ],
];

const GROUP_EXAMPLES: Readonly<Record<string, Command<FlagTable>["examples"]>> = {
  server: [
    ["what a server offers", "mcpass server probe --url https://server.example/mcp"],
    ["what is wrong with it", "mcpass server doctor --url https://server.example/mcp"],
  ],
  tools: [
    ["the tools of a server", "mcpass tools list --url https://server.example/mcp"],
    [
      "call one of them",
      "mcpass tools call --url https://server.example/mcp --tool-name forecast \\\n" +
      `  --tool-args '{"city":"Oslo"}'`,
    ],
  ],
  "oauth client-metadata": [
    [
      "write a document, publish it, check it",
      "mcpass oauth client-metadata generate \\\n" +
      "  --client-metadata-url https://app.example/client.json > client.json",
    ],
    [
      "as it is published, for a login at a server",
      "mcpass oauth client-metadata check https://app.example/client.json \\\n" +
      "  --url https://server.example/mcp",
    ],
  ],
};

function groupHelp(
  name: string | undefined,
  commands: readonly CommandEntry[],
  width: number,
): string {
  const prefix = name === undefined ? "mcpass" : `mcpass ${name}`;
  const [about, ...more] = name === undefined
    ? [
      "Signs in to OAuth-protected MCP servers and explains every step.",
      "Exit status: 0 done, 1 failed, 2 usage, 4 sign-in needed, 130 cancelled.",
      "More: mcpass help topics, mcpass explain --list",
    ]
    : [`The ${name} commands.`];
  return [
    ...wrap(about, width),
    "",
    "Examples:",
    ...exampleLines(GROUP_EXAMPLES[name ?? ""] ?? MAIN_EXAMPLES),
    "",
    `Usage: ${prefix} <command> [options]`,
    "",
    "Commands:",
    ...fields(commands.map((it) => [`  ${it.name}`, it.summary]), width),
    "",
    ...wrap(`${prefix} <command> --help shows the flags of a command.`, width),
    ...more.flatMap((line) => wrap(line, width)),
    "",
  ].join("\n");
}

export function helpWidth(io: Io): number {
  return io.stdoutIsTerminal ? Math.min(io.columns(), 100) : 80;
}

export async function writeHelp(
  commands: readonly CommandEntry[],
  entry: CommandEntry | undefined,
  group: string | undefined,
  io: Io,
): Promise<void> {
  const width = helpWidth(io);
  if (entry !== undefined) return io.out(commandHelp(await entry.load(), width));
  const start = group === undefined ? "" : `${group} `;
  io.out(groupHelp(group, commands.filter((it) => it.name.startsWith(start)), width));
}
