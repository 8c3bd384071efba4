import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";

/** The draft advises authorization servers to read no more. */
export const MAX_DOCUMENT_BYTES = 5 * 1024;

export interface DocumentResponse {
  readonly status: number;
  readonly contentType: string | null;
  readonly location: string | null;
}

/** Judges the response that should have the document; an error means that it has none. */
export function judgeDocumentResponse(
  { status, contentType, location }: DocumentResponse,
): Judgement[] {
  if (status !== 200) {
    const moved = location === null ? "" : ` to ${quoted(location)}`;
    return [{
      code: "client_document_status",
      severity: "error",
      message:
        `the document's URL answered HTTP ${status}${moved}; 200 is due, and a redirect is ` +
        "not followed",
      remedy: "Serve the document itself at its URL, with 200 and without a redirect or a login",
      reference: "Client ID Metadata Document draft-00 §4.3; draft-01 §4; draft-02 §5",
    }];
  }
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^application\/([\w.-]+\+)?json$/.test(type)) return [];
  return [{
    code: "client_document_media_type",
    severity: "warning",
    message: `the document is served as ${type === "" ? "nothing in particular" : quoted(type)}`,
    remedy: "Serve it with Content-Type: application/json",
    reference: "Client ID Metadata Document draft-00 §4.1",
  }];
}

export function judgeSize(text: string): Judgement[] {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= MAX_DOCUMENT_BYTES) return [];
  return [{
    code: "client_document_size",
    severity: "warning",
    message: `the document has ${bytes} bytes; authorization servers read 5 KB (5120 bytes)`,
    remedy: "Leave out what is not needed: a key set can go to jwks_uri, a logo to logo_uri",
    reference: "Client ID Metadata Document draft-00 §6.6",
  }];
}
