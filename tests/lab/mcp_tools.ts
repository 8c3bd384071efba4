/**
 * The lab's tools, as data.
 *
 * @module
 */

/** A tool as `tools/list` shows it. */
export interface ListedTool {
  /** Name. */
  name: string;
  /** One line. */
  description: string;
  /** JSON Schema of its arguments. */
  inputSchema: { type: "object"; properties: Record<string, { type: string }>; required: string[] };
}

/** The result of a call. */
export interface ToolResult {
  /** One text. */
  content: { type: "text"; text: string }[];
  /** True when it failed. */
  isError?: boolean;
}

/** A set of tools. */
export interface Toolbox {
  /** All of them. */
  readonly listed: readonly ListedTool[];
  /** Calls one. */
  call(name: string, args: Readonly<Record<string, unknown>>): ToolResult;
}

type Arguments = Readonly<Record<string, unknown>>;

interface LabTool {
  readonly description: string;
  readonly properties: Record<string, { type: "string" | "number" }>;
  readonly run: (args: Arguments) => string;
  readonly isError?: boolean;
}

const TOOLS: Readonly<Record<string, LabTool>> = {
  "test-tool": { description: "Needs nothing", properties: {}, run: () => "test" },
  "echo": {
    description: "Says back what it is told",
    properties: { message: { type: "string" } },
    run: ({ message }) => String(message),
  },
  "add_numbers": {
    description: "Adds two numbers",
    properties: { a: { type: "number" }, b: { type: "number" } },
    run: ({ a, b }) => String(Number(a) + Number(b)),
  },
  "fail": {
    description: "Always fails",
    properties: {},
    run: () => "this tool always fails",
    isError: true,
  },
  "write-thing": {
    description: "Changes something; needs a scope of its own",
    properties: {},
    run: () => "written",
  },
};

function extra(name: string): LabTool {
  return { description: `One of many: ${name}`, properties: {}, run: () => name };
}

function kindOf(value: unknown): string {
  return typeof value;
}

/** The lab's tools, with as many further ones (`extra-1`, `extra-2` …) as wanted. */
export function toolbox(extraTools = 0): Toolbox {
  const names = Array.from({ length: extraTools }, (_, n) => `extra-${n + 1}`);
  const tools: Readonly<Record<string, LabTool>> = {
    ...TOOLS,
    ...Object.fromEntries(names.map((name) => [name, extra(name)])),
  };
  return {
    listed: Object.entries(tools).map(([name, { description, properties }]) => ({
      name,
      description,
      inputSchema: { type: "object", properties, required: Object.keys(properties) },
    })),
    call(name, args) {
      const tool = tools[name];
      const problem = tool === undefined ? `unknown tool ${name}` : Object.entries(tool.properties)
        .filter(([key, { type }]) => kindOf(args[key]) !== type)
        .map(([key, { type }]) => `argument ${key} must be a ${type}`).join("; ");
      const text = tool === undefined || problem ? problem : tool.run(args);
      const isError = problem !== "" || tool?.isError === true;
      return { content: [{ type: "text", text }], ...(isError && { isError }) };
    },
  };
}
