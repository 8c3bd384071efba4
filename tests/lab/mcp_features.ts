/**
 * The lab's resources and prompts.
 *
 * @module
 */

import type { Server } from "@modelcontextprotocol/server";

/** What the server announces. */
export const FEATURES = { resources: { subscribe: false, listChanged: true }, prompts: {} };

/** What it tells a model. */
export const INSTRUCTIONS = "Use echo to test.\nUse add_numbers to add.";

const RESOURCES = [
  { uri: "lab://readme", name: "readme", mimeType: "text/markdown", description: "Read it first" },
  { uri: "lab://logo", name: "logo", mimeType: "image/png", size: 4 },
  { uri: "lab://folder", name: "folder" },
];

/** The bytes of `lab://logo`. */
export const LOGO: Uint8Array<ArrayBuffer> = Uint8Array.of(0x89, 0x50, 0, 0xff);

/** The text of `lab://readme`. */
export const README = "# Lab\n\tone\x1b[2J\n";

const CONTENTS: ReadonlyMap<string, readonly object[]> = new Map([
  ["lab://readme", [{ uri: "lab://readme", mimeType: "text/markdown", text: README }]],
  ["lab://logo", [{ uri: "lab://logo", mimeType: "image/png", blob: LOGO.toBase64() }]],
  ["lab://folder", [
    { uri: "lab://folder/a", text: "a\n" },
    { uri: "lab://folder/b", mimeType: "image/png", blob: LOGO.toBase64() },
  ]],
]);

const PROMPTS = [
  {
    name: "review",
    description: "Reviews code",
    arguments: [
      { name: "language", description: "Of the code", required: true },
      { name: "tone" },
    ],
  },
  { name: "hello", title: "Says hello" },
];

/** Handles the requests. */
export function addFeatures(
  server: Server,
  sdk: typeof import("@modelcontextprotocol/server"),
  pageSize = 10,
): void {
  server.setRequestHandler("resources/list", ({ params }) => {
    const from = Number(params?.cursor ?? 0);
    const next = from + pageSize;
    const nextCursor = next < RESOURCES.length ? String(next) : undefined;
    return { resources: RESOURCES.slice(from, next), ...nextCursor && { nextCursor } };
  });
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [{ uriTemplate: "lab://user/{id}", name: "user" }],
  }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => {
    const contents = CONTENTS.get(uri);
    if (contents !== undefined) return { contents: contents as { uri: string; text: string }[] };
    throw new sdk.ProtocolError(-32602, `Resource ${uri} not found`);
  });
  server.setRequestHandler("prompts/list", () => ({ prompts: PROMPTS }));
  server.setRequestHandler("prompts/get", ({ params: { name, arguments: given } }) => ({
    description: `The prompt ${name}`,
    messages: [
      { role: "user" as const, content: { type: "text" as const, text: JSON.stringify(given) } },
      { role: "assistant" as const, content: { type: "text" as const, text: "Yes.\x1b[2J" } },
    ],
  }));
}
