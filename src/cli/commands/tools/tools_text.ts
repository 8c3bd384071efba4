import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { printable } from "../../../core/text.ts";
import { shown, type View } from "../../terminal/finding_text.ts";
import { columnOf, type Field, fields, wrap } from "../../terminal/layout.ts";
import { aboutTool } from "../../shared/tool_choices.ts";

/** Columns of a name; a longer name has its own line. */
const WIDEST_NAME = 32;

const MOST_NAME = 1200;

/** Characters of a description, at most; the JSON document has all of it. */
const MOST_ABOUT = 160;

/** @param flags The flags that name the server and its credentials. */
export function toolTable(
  tools: readonly JsonObject[],
  server: string,
  flags: string,
  view: View,
): string {
  const rows = tools.map((tool): Field => [
    printable(stringMember(tool, "name") ?? "", MOST_NAME),
    printable(aboutTool(tool), MOST_ABOUT),
  ]);
  const column = Math.min(columnOf(rows), WIDEST_NAME + 2);
  const lines = rows.flatMap(([name, about]) =>
    name.length + 2 > column && about !== ""
      ? [name, ...wrap(about, view.width, " ".repeat(column))]
      : fields([[name, about]], view.width, column).map((line) => line.trimEnd())
  );
  const head = wrap(`${counted(tools.length, "tool")} at ${shown(server, view)}`, view.width).map(
    view.style.bold,
  );
  const next = `  ${shown(`mcpass tools call ${flags}`, view, 4000)} --tool-name <name>`;
  const body = tools.length === 0 ? [] : ["", ...lines, "", "Call one:", next];
  return `${[...head, ...body].join("\n")}\n`;
}

/** The lines of a server's text; tabs become spaces. */
function lines(text: string): string[] {
  return text.replace(/\r\n?/g, "\n").replaceAll("\t", "  ").split("\n")
    .map((line) => printable(line));
}

function bytes(base64: unknown): string {
  return typeof base64 === "string" ? `${Math.floor(base64.length * 3 / 4)} bytes` : "no data";
}

function contentLines(part: unknown): string[] {
  if (!isObject(part)) return lines(JSON.stringify(part));
  const { text, data, resource } = part;
  const type = stringMember(part, "type") ?? "content";
  if (type === "text" && typeof text === "string") return lines(text);
  if (type === "image" || type === "audio") {
    const mime = stringMember(part, "mimeType") ?? "unknown type";
    return [printable(`[${type}: ${mime}, ${bytes(data)}; --format json has it]`)];
  }
  const named = (object: JsonObject) =>
    printable(`[resource: ${stringMember(object, "uri") ?? ""}]`);
  if (type === "resource_link") return [named(part)];
  if (type === "resource" && isObject(resource)) {
    const inner = resource["text"];
    return [named(resource), ...typeof inner === "string" ? lines(inner) : []];
  }
  return lines(JSON.stringify(part, null, 2));
}

/** The result of a tool call: its texts unchanged, other content named. */
export function toolResultText(result: JsonObject): string {
  const { content, structuredContent } = result;
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const text = parts.flatMap(contentLines);
  if (text.length === 0 && structuredContent !== undefined) {
    text.push(...lines(JSON.stringify(structuredContent, null, 2)));
  }
  return text.length === 0 ? "(the tool answered with nothing)\n" : `${text.join("\n")}\n`;
}
