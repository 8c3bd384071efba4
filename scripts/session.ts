/**
 * `deno task session`: records the terminal sessions that the README shows, as SVG in `docs`, and a
 * picture of the report.
 *
 * With `--check` it writes nothing, and fails if the text of a recording is not what the program shows
 * today. `--program <path>` names the program; without it, the sources run. Needs script(1), curl and
 * Chromium.
 *
 * @module
 */

import { LAB_ROWS } from "./lab/servers.ts";
import { COLUMNS, record } from "./session/record.ts";
import { svgOf, textOf } from "./session/svg.ts";
import { ROOT, say } from "./shell.ts";

/** A file in `docs`, its title, the server of the lab, and the commands there. */
const SESSIONS: readonly {
  readonly file: string;
  readonly title: string;
  readonly server: string;
  readonly commands: (url: string) => readonly string[];
}[] = [
  {
    file: "session.svg",
    title: "mcpass signs in to an MCP server and calls a tool",
    server: "browser",
    commands: (url) => [
      `mcpass login ${url} --name demo --hide-secrets`,
      "mcpass tools call demo echo message=hi",
    ],
  },
];

/** The text of a recording, without what is around it. */
function textIn(svg: string): string {
  return svg.replaceAll(/<text[^>]*>/g, "").replaceAll("</text>", "").replaceAll(/<[^>]+>/g, "");
}

const check = Deno.args.includes("--check");
const at = Deno.args.indexOf("--program");
const program = at >= 0
  ? [Deno.args[at + 1] ?? ""]
  : [Deno.execPath(), "run", "-A", "--quiet", `${ROOT}main.ts`];
let outdated = 0;

/** Calls this with the URL of a server of the lab and a folder. */
async function atServer(
  name: string,
  use: (url: string, folder: string) => Promise<void>,
): Promise<void> {
  const row = LAB_ROWS.find((it) => it.name === name);
  if (row === undefined) throw new Error(`The lab has no server "${name}"`);
  const server = await row.start();
  // Of one length, because lines are wrapped by it.
  const folder = `/tmp/mcpass-session-${String(Deno.pid).padStart(8, "0")}`;
  await Deno.mkdir(`${folder}/home`, { recursive: true, mode: 0o700 });
  try {
    await use(server.mcpUrl, folder);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { file, title, server, commands } of SESSIONS) {
  await atServer(server, async (url, folder) => {
    const rows = await record({ commands: commands(url), folder, program });
    const svg = svgOf(title, rows, COLUMNS);
    const path = `${ROOT}docs/${file}`;
    if (!check) {
      await Deno.writeTextFile(path, svg);
      say(`Wrote docs/${file}`);
    } else if (textIn(svg) !== textIn(await Deno.readTextFile(path))) {
      outdated += 1;
      say(`docs/${file} differs from what mcpass shows now. Run: deno task session\n`);
      say(rows.map(textOf).join("\n"));
    }
  });
}
if (!check) {
  const { reportPicture } = await import("./session/report_picture.ts");
  await atServer(
    "browser",
    (url, folder) => reportPicture(url, folder, program, `${ROOT}docs/report.png`),
  );
  say("Wrote docs/report.png");
}
Deno.exit(outdated === 0 ? 0 : 1);
