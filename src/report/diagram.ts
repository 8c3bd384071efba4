import { countedOrNo, formatDuration } from "../core/quantities.ts";
import { responseName, STEP_NAMES, urlPath } from "./format.ts";
import type { Lane, ReportEntry, ReportModel } from "./report_model.ts";
import { arrow, box, drawing, fitted, label, rowLink } from "./svg.ts";

const PERSON = 46;
const CLIENT = 152;
const FIRST_SERVER = 452;
const SERVER_GAP = 168;
const MARGIN = 82;
const HEAD = 58;
const BAND = 34;
const ROW = 54;
const PERSON_ROW = 30;

/** Rows of a drawing: its height is limited, so that printing can break the page. */
const MOST_ROWS = 12;

const xOf = (lane: number): number =>
  [PERSON, CLIENT][lane] ?? FIRST_SERVER + (lane - 2) * SERVER_GAP;

/** A piece of the diagram, drawn at the height that it is given. */
interface Piece {
  /** Set if a step begins with it. */
  readonly step?: string;
  readonly height: number;
  draw(y: number, width: number): string;
}

function band(step: string): Piece {
  return {
    step,
    height: BAND,
    draw: (y, width) =>
      `<g class="band">${box(6, y + 6, width - 12, BAND - 10, "")}` +
      `${label(16, y + 22, step, "step")}</g>`,
  };
}

function pin({ findings, outcome }: ReportEntry, x: number, y: number): string {
  if (findings.length === 0) return "";
  const text = countedOrNo(findings.length, "finding");
  return `<g class="pin ${outcome}">${box(x + 8, y - 9, 68, 18, "")}` +
    `${label(x + 42, y + 4, text, "count", "middle")}</g>`;
}

function exchangePiece(entry: ReportEntry): Piece {
  const { exchange: { id, request, durationMs, redirectOf }, outcome } = entry;
  const from = xOf(1);
  const to = xOf(entry.lane);
  const purpose = fitted(entry.purpose, 24);
  const room = Math.floor((Math.abs(to - from) - 30) / 6.95) - request.method.length -
    (purpose === "" ? 0 : purpose.length + 1);
  const asked = `${fitted(request.method, 12)} ${fitted(urlPath(request.url), Math.max(8, room))}`;
  const redirect = redirectOf === null ? "" : ` ↳ redirect of ${redirectOf}`;
  const answer = `${fitted(responseName(entry), 26)} · ${formatDuration(durationMs)}`;
  return {
    height: ROW,
    draw: (y, width) =>
      rowLink(
        id,
        outcome,
        box(from - 52, y + 1, width - from + 46, ROW - 3, "hit") +
          box(from - 44, y + 11, 30, 18, "badge") +
          label(from - 29, y + 24, String(id), "number", "middle") +
          label(from + 12, y + 14, asked, "asked") +
          label(to - 14, y + 14, purpose + redirect, "purpose", "end") +
          arrow(from, to, y + 20, "request") +
          label(from + 12, y + 36, answer, "answer") +
          arrow(to, from, y + 42, "response") +
          pin(entry, to, y + 31),
      ),
  };
}

function personPiece(words: string, from: number, to: number): Piece {
  return {
    height: PERSON_ROW,
    draw: (y) =>
      `<g class="row person">${arrow(xOf(from), xOf(to), y + 20, "request")}` +
      `${label(Math.min(xOf(from), xOf(to)) + 10, y + 15, words, "purpose")}</g>`,
  };
}

/** What happens in the browser when a person consents: it is not recorded, but known. */
function consentPieces({ artifact: { steps, exchanges }, lanes }: ReportModel): Piece[] {
  const authorized = steps.find(({ step }) => step === "authorization");
  const isRecorded = exchanges.some(({ purpose }) => purpose === "authorization");
  if (authorized === undefined || isRecorded) return [];
  const server = lanes.findLastIndex(({ kind }) => kind === "as");
  return [
    band(STEP_NAMES.authorization),
    personPiece("asked for consent", 1, 0),
    ...server === -1 ? [] : [personPiece("signs in, in a browser (not recorded)", 0, server)],
    ...authorized.status === "done" ? [personPiece("consents", 0, 1)] : [],
  ];
}

function buildPieces(model: ReportModel): Piece[] {
  const { artifact, entries } = model;
  const start = artifact.steps.find(({ step }) => step === "authorization")?.startedAt ?? "";
  let consent = consentPieces(model);
  let step: string | undefined;
  const pieces: Piece[] = [];
  for (const entry of entries) {
    const { exchange } = entry;
    if (consent.length > 0 && exchange.startedAt > start && exchange.step !== "authorization") {
      pieces.push(...consent);
      consent = [];
      step = undefined;
    }
    if (exchange.step !== step) pieces.push(band(STEP_NAMES[exchange.step]));
    step = exchange.step;
    pieces.push(exchangePiece(entry));
  }
  return [...pieces, ...consent];
}

function heads(lanes: readonly Lane[], width: number): string {
  const parts = lanes.map(({ title, origin = "", kind }, lane) => {
    const host = fitted(origin.replace(/^https?:\/\//, ""), 22);
    const size = lane < 2 ? 80 : 160;
    return `<g class="lane ${kind}">` +
      `<rect x="${xOf(lane) - size / 2}" y="7" width="${size}" height="42" rx="8"/>` +
      label(xOf(lane), host === "" ? 33 : 25, title, "title", "middle") +
      (host && label(xOf(lane), 41, host, "host", "middle")) + "</g>";
  });
  return drawing(width, HEAD, "Parties", parts.join(""));
}

/** Each step as a drawing of its own, so that a page can end between them. */
function drawings(pieces: readonly Piece[], lanes: readonly Lane[], width: number): string[] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last === undefined || piece.step !== undefined || last.length >= MOST_ROWS) {
      groups.push([piece]);
    } else last.push(piece);
  }
  let step = "";
  return groups.map((group) => {
    step = group[0]?.step ?? step;
    let y = 0;
    const rows = group.map((piece) => {
      const drawn = piece.draw(y, width);
      y += piece.height;
      return drawn;
    });
    const lines = lanes.map((_, lane) =>
      `<line class="life" x1="${xOf(lane)}" y1="0" x2="${xOf(lane)}" y2="${y}"/>`
    );
    return drawing(width, y, step, lines.join("") + rows.join(""));
  });
}

/** The sequence diagram: the parties, and a link for each exchange, to its description. */
export function diagram(model: ReportModel): string {
  const { lanes } = model;
  const width = Math.max(xOf(lanes.length - 1), FIRST_SERVER) + MARGIN;
  return `<div class="heads">${heads(lanes, width)}</div>` +
    drawings(buildPieces(model), lanes, width).join("");
}
