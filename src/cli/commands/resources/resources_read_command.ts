import { commandText } from "../../../core/command_text.ts";
import { Failure, toFailure, usageFailure } from "../../../core/failure.ts";
import { isObject, type JsonObject, stringMember } from "../../../core/json.ts";
import { counted } from "../../../core/quantities.ts";
import { printable, quoted } from "../../../core/text.ts";
import { outputPath, text } from "../../args/values.ts";
import type { Invocation, RequiredOption } from "../../command/command.ts";
import { flagGroup, value } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import type { Secrets } from "../../../trace/secrets.ts";
import { chooseItem } from "../../mcp/choose_item.ts";
import { describeSize, toLines } from "../../mcp/content_text.ts";
import { credentialOptions, listItems, requireCapability } from "../../mcp/mcp_access.ts";
import { mcpCommand, type McpUse } from "../../mcp/mcp_command.ts";
import { unknownName, withName } from "../../mcp/unknown_name.ts";

const READ_FLAGS = {
  ...flagGroup("Resource:", { uri: value("<uri>", "the URI of the resource", text) }),
  ...flagGroup("Output:", {
    output: value(
      "<path>",
      "write the content to this file, text or binary (mode 0600)",
      outputPath,
      { short: "-o" },
    ),
  }),
};

type ReadFlags = typeof READ_FLAGS;

function uriOf(
  { options: { uri }, operands }: Pick<Invocation<ReadFlags>, "options" | "operands">,
): string | undefined {
  return uri ?? operands[0];
}

const REQUIRED_URI: RequiredOption<ReadFlags> = {
  option: "uri",
  missing: (options, operands) => uriOf({ options, operands }) === undefined,
  message: "Which resource?",
  reason: "the URI of the resource, also as an argument; mcpass resources list shows the URIs",
  search: true,
  later: true,
  lists: true,
};

async function chosenUri(use: McpUse<ReadFlags>): Promise<string> {
  const { invocation, mcp, session, found } = use;
  if (invocation.operands.length > (invocation.options.uri === undefined ? 1 : 0)) {
    const message = `${
      counted(invocation.operands.length, "argument")
    } given, but only one URI can be read`;
    throw usageFailure("unexpected_argument", message, "Give one URI");
  }
  const uri = uriOf(invocation);
  if (uri === undefined) {
    const resources = await listItems(mcp, session, found, "resources");
    return await chooseItem(use, {
      flags: READ_FLAGS,
      required: REQUIRED_URI,
      noun: "resource",
      items: resources,
      member: "uri",
      list: { line: commandText("resources list", credentialOptions(session.serverUrl, found)) },
    });
  }
  const variables = [...uri.matchAll(/\{[+#./;?&]?([^{}]*)\}/g)].map(([, name = ""]) => name);
  if (variables.length === 0) return uri;
  throw usageFailure(
    "invalid_value",
    `${quoted(uri, 300)} is a template, not a URI`,
    `Replace ${variables.map((name) => `{${printable(name, 60)}}`).join(", ")} with a value`,
  );
}

/** JSON-RPC errors for a URI that the server does not have: of 2025-11-25, and of 2026-07-28. */
const SAYS_UNKNOWN = /\b(?:unknown|not found|no such|does not exist|-32002)\b/i;

async function explainUnlisted(
  use: McpUse<ReadFlags>,
  uri: string,
  failure: Failure,
): Promise<Failure> {
  const { mcp, session, found } = use;
  if (failure.code !== "mcp_error" || !SAYS_UNKNOWN.test(failure.message)) return failure;
  const resources = await listItems(mcp, session, found, "resources").catch(() => undefined);
  const uris = resources?.map((item) => stringMember(item, "uri") ?? "");
  if (uris === undefined || uris.includes(uri)) return failure;
  const options = credentialOptions(session.serverUrl, found);
  const list = { line: commandText("resources list", options) };
  const corrected = withName(use, RESOURCES_READ_COMMAND, uri, "uri");
  return unknownName({ noun: "resource", name: uri, names: uris, list, corrected });
}

/** The bytes of a part; undefined for a text, or for data that is not base64. */
function bytesOf({ blob }: JsonObject): Uint8Array<ArrayBuffer> | undefined {
  if (typeof blob !== "string") return undefined;
  try {
    return Uint8Array.fromBase64(blob);
  } catch {
    return undefined;
  }
}

const partsOf = ({ contents }: JsonObject): JsonObject[] =>
  Array.isArray(contents) ? contents.filter(isObject) : [];

/** The content for a file. @throws Failure `binary_content` if there is not exactly one part. */
function onlyContent(parts: readonly JsonObject[], secrets: Secrets) {
  const [part, ...others] = parts;
  if (part !== undefined && others.length === 0) {
    return bytesOf(part) ?? secrets.maskForeign(stringMember(part, "text") ?? "");
  }
  throw new Failure(
    "binary_content",
    `the resource has ${counted(parts.length, "part")}, and --output writes one`,
    { remedy: "Use --format json, which has all parts" },
  );
}

async function openOutput(path: string | undefined, { load }: Runtime) {
  if (path === undefined) return undefined;
  const { openOutputFile } = await load(() => import("../../../trace/output_file.ts"));
  return await openOutputFile(path);
}

function partText(part: JsonObject, isTerminal: boolean): string {
  const { text, blob } = part;
  const content = typeof text === "string" ? text : "";
  if (typeof blob !== "string") {
    if (!isTerminal) return content;
    const lines = toLines(content).join("\n");
    return lines.endsWith("\n") || lines === "" ? lines : `${lines}\n`;
  }
  const mime = stringMember(part, "mimeType") ?? "unknown type";
  return `${printable(`[${stringMember(part, "uri") ?? ""}: ${mime}, ${describeSize(blob)}]`)}\n`;
}

/** @throws Failure `binary_content` if the only part is binary, and standard output a terminal. */
function refuseBinary(parts: readonly JsonObject[], line: string): void {
  const [part, ...others] = parts;
  if (part === undefined || others.length > 0 || bytesOf(part) === undefined) return;
  const mime = stringMember(part, "mimeType") ?? "unknown type";
  throw new Failure(
    "binary_content",
    `the resource is binary (${quoted(mime, 60)}, ${describeSize(part["blob"])})`,
    { kind: "usage", remedy: `Write it to a file:\n  ${line}` },
  );
}

export const RESOURCES_READ_COMMAND = mcpCommand({
  name: "resources read",
  summary: "Read a resource of an MCP server",
  examples: [
    ["text", "mcpass resources read https://server.example/mcp file:///readme.md"],
    [
      "text or binary, to a file",
      "mcpass resources read https://server.example/mcp file:///logo.png \\\n" +
      "  --output logo.png",
    ],
    [
      "for a script: text, and binary content as base64",
      "mcpass resources read https://server.example/mcp file:///logo.png \\\n" +
      "  --format json | jq -r '.contents[].blob' | base64 -d",
    ],
  ],
  operands: "[uri]",
  flags: READ_FLAGS,
  requiredOptions: [REQUIRED_URI],
  notes: [
    "The JSON is the result as the server sent it. With --format human, mcpass writes text and binary " +
    "content unchanged if standard output is not a terminal.",
  ],
  async use(use) {
    const { session, found, mcp, invocation, context } = use;
    const { runtime, format } = context;
    const { output } = invocation.options;
    const file = await openOutput(output, runtime);
    const uri = await chosenUri(use);
    const result = await mcp.use("request", "reading the resource", async (connection) => {
      requireCapability(connection, "resources");
      return await connection.request("resources/read", { uri });
    }).catch(async (error) => {
      throw await explainUnlisted(use, uri, toFailure(error));
    });
    const parts = partsOf(result);
    const options = credentialOptions(session.serverUrl, found);
    const report = { isForeign: true, document: result, findings: session.recorder.findings() };
    if (file !== undefined) {
      await file.write(onlyContent(parts, session.secrets));
      if (!invocation.options.quiet) session.progress.io.err(`Written to ${quoted(file.path)}\n`);
      return { ...report, text: () => undefined };
    }
    const isTerminal = runtime.io.stdoutIsTerminal;
    if (format === "human" && isTerminal) {
      refuseBinary(parts, commandText("resources read", { ...options, output: "<path>" }, [uri]));
    }
    return {
      ...report,
      text: (_view, shown) => {
        const [part, ...others] = parts;
        const bytes = part && others.length === 0 ? bytesOf(part) : undefined;
        if (bytes === undefined) {
          return partsOf(shown as JsonObject).map((it) => partText(it, isTerminal)).join("");
        }
        runtime.bytes.out(bytes);
        return undefined;
      },
    };
  },
});
