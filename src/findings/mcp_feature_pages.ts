import type { Pages } from "./page.ts";

/** Tools, resources and prompts, as commands use them. */
export const MCP_FEATURE_PAGES = {
  capability_missing: {
    title: "the server does not have this feature",
    meaning:
      "A server announces tools, resources and prompts in its capabilities. It did not announce the one that the command needs.",
    example: 'mcpass prompts list, and "capabilities": {"tools": {}} in the response',
    serverFix: "Announce the capability if the server has the feature.",
    fix: "mcpass server info shows what the server has.",
    spec: "MCP lifecycle, Capability Negotiation",
  },
  name_unknown: {
    title: "the server lists no such tool, resource or prompt",
    meaning:
      "The name or URI is not in the server's list. A server can list fewer tools for a token with fewer scopes.",
    example: "mcpass tools call ehco, where the server has the tool echo",
    fix: "mcpass tools list, mcpass resources list and mcpass prompts list show the names.",
  },
  arguments_invalid: {
    title: "the arguments do not match the tool or prompt",
    meaning:
      "An argument is missing, has another name than those declared, or has the wrong type. mcpass called nothing.",
    example: "mcpass tools call add_numbers a=1, where the tool requires a and b",
    fix: "mcpass tools list shows the arguments of each tool.",
    workaround: "mcpass tools call --tool-args '<json>' sends a JSON object unchanged.",
    spec: "MCP tools, Data Types",
  },
  binary_content: {
    title: "the resource is not a single text",
    meaning: "It is binary and would garble a terminal, or it has several parts for one file.",
    example: "mcpass resources read file:///logo.png, on a terminal",
    fix:
      "mcpass resources read --output <path> writes it to a file; --format json has every part, binary ones as base64.",
  },
} satisfies Pages;
