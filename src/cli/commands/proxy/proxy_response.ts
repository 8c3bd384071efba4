import type { HeaderList } from "../../../core/exchange.ts";
import { exactJson, isRawNumber } from "../../../core/json.ts";
import { printable } from "../../../core/text.ts";
import type { GuardedOutcome } from "../../../http/guard/guarded_send.ts";
import { isJsonType } from "../../../oauth/common/endpoint_response.ts";
import { jsonText } from "../../terminal/json_text.ts";
import type { Style } from "../../terminal/style.ts";

export interface ProxyDocument {
  readonly status: number;
  readonly statusText: string;
  /** By lower-case name; a list for a repeated field, and always for `set-cookie`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** A parsed value, text, or base64 of bytes; null if there is none, or not all of it. */
  readonly body: unknown;
  readonly bodyEncoding: "json" | "text" | "base64" | "none" | "incomplete";
  readonly finalUrl: string;
}

function headerObject(fields: HeaderList): ProxyDocument["headers"] {
  const byName = Map.groupBy(fields, ([name]) => name.toLowerCase());
  return Object.fromEntries(
    [...byName].map(([name, rows]) => {
      const values = rows.map(([, value]) => value);
      const [only = ""] = values;
      return [name, values.length === 1 && name !== "set-cookie" ? only : values];
    }),
  );
}

export function fieldValue(fields: HeaderList, name: string): string | undefined {
  return fields.findLast(([key]) => key.toLowerCase() === name)?.[1];
}

function bodyMember(
  content: Uint8Array,
  contentType: string | undefined,
): Pick<ProxyDocument, "body" | "bodyEncoding"> {
  if (content.length === 0) return { body: null, bodyEncoding: "none" };
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? "")?.[1];
  let text: string;
  try {
    text = new TextDecoder(charset ?? "utf-8", { fatal: true }).decode(content);
  } catch {
    return { body: content.toBase64(), bodyEncoding: "base64" };
  }
  if (text.includes("\0")) return { body: content.toBase64(), bodyEncoding: "base64" };
  const value = exactJson(text);
  const isDocument = typeof value === "object" && value !== null && !isRawNumber(value);
  return value !== undefined && (isDocument || isJsonType(type))
    ? { body: value, bodyEncoding: "json" }
    : { body: text, bodyEncoding: "text" };
}

export function proxyDocument(
  { head, content }: Pick<GuardedOutcome, "head" | "content">,
  finalUrl: string,
): ProxyDocument | undefined {
  if (head === null) return undefined;
  const type = fieldValue(head.headers, "content-type");
  return {
    status: head.status,
    statusText: head.statusText,
    headers: headerObject(head.headers),
    ...content === null
      ? { body: null, bodyEncoding: "incomplete" } as const
      : bodyMember(content, type),
    finalUrl,
  };
}

export function safeLines(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => printable(line, Infinity));
}

export function bodyLines({ body, bodyEncoding }: ProxyDocument): string[] {
  const text = String(body);
  switch (bodyEncoding) {
    case "none":
      return ["(no body)"];
    case "incomplete":
      return ["(the body is incomplete)"];
    case "json":
      return jsonText(body).trimEnd().split("\n");
    case "text":
      return safeLines(text);
    case "base64": {
      const bytes = Uint8Array.fromBase64(text).length;
      return [
        `(${bytes} bytes of binary data; --raw writes them unchanged, --format json as base64)`,
      ];
    }
  }
}

export function headerLines(headers: HeaderList, style: Style): string[] {
  return headers.map(([name, value]) =>
    `${style.dim(`${printable(name)}:`)} ${printable(value, Infinity)}`
  );
}

export function statusLine(document: ProxyDocument, style: Style): string {
  const { status, statusText } = document;
  const colour = status >= 400 ? style.red : status >= 300 ? style.yellow : style.green;
  return colour(style.bold(`${status} ${printable(statusText)}`.trim()));
}

export function responseText(document: ProxyDocument, headers: HeaderList, style: Style): string {
  const lines = [
    statusLine(document, style),
    ...headerLines(headers, style),
    "",
    ...bodyLines(document),
  ];
  return `${lines.join("\n")}\n`;
}
