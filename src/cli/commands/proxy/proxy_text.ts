import type { HeaderList } from "../../../core/exchange.ts";
import { printable } from "../../../core/text.ts";
import { jsonText } from "../../terminal/json_text.ts";
import type { ProxyDocument } from "./proxy_document.ts";
import type { Style } from "../../terminal/style.ts";

export function safeLines(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => printable(line, Infinity));
}

export function bodyLines({ body, bodyEncoding }: ProxyDocument): string[] {
  const text = String(body);
  switch (bodyEncoding) {
    case "none":
      return ["(no body)"];
    case "incomplete":
      return ["(the body did not come to its end)"];
    case "json":
      return jsonText(body).trimEnd().split("\n");
    case "text":
      return safeLines(text);
    case "base64": {
      const bytes = Uint8Array.fromBase64(text).length;
      return [`(${bytes} bytes that are no text; --raw writes them, --format json as base64)`];
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

export function answerText(document: ProxyDocument, headers: HeaderList, style: Style): string {
  const lines = [
    statusLine(document, style),
    ...headerLines(headers, style),
    "",
    ...bodyLines(document),
  ];
  return `${lines.join("\n")}\n`;
}
