import { countedOrNo, formatDuration } from "../core/quantities.ts";
import { responseName, STEP_NAMES, urlPath } from "./labels.ts";
import type { ExchangeModel, Lane, ReportEntry } from "./report_model.ts";
import { arrow, box, drawing, label, rowLink, shortenMiddle } from "./svg.ts";

const PERSON = 46;
const CLIENT = 152;
const FIRST_SERVER = 452;
const SERVER_GAP = 168;
const MARGIN = 82;
const HEAD = 58;
const BAND = 34;
const ROW = 54;
const PERSON_ROW = 30;

/** Rows of one drawing: a printed page can break only between drawings. */
const MAX_ROWS = 12;

const laneX = (lane: number): number =>
  [PERSON, CLIENT][lane] ?? FIRST_SERVER + (lane - 2) * SERVER_GAP;

interface DiagramBlock {
  /** Set for the first block of a step. */
  readonly step?: string;
  readonly height: number;
  draw(y: number, width: number): string;
}

function band(step: string): DiagramBlock {
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

function exchangeBlock(entry: ReportEntry): DiagramBlock {
  const { exchange: { id, request, durationMs, redirectOf }, outcome } = entry;
  const from = laneX(1);
  const to = laneX(entry.lane);
  const purpose = shortenMiddle(entry.purpose, 24);
  const room = Math.floor((Math.abs(to - from) - 30) / 6.95) - request.method.length -
    (purpose === "" ? 0 : purpose.length + 1);
  const requestLabel = `${shortenMiddle(request.method, 12)} ${
    shortenMiddle(urlPath(request.url), Math.max(8, room))
  }`;
  const redirect = redirectOf === null ? "" : ` ↳ redirect of ${redirectOf}`;
  const responseLabel = `${shortenMiddle(responseName(entry), 26)} · ${formatDuration(durationMs)}`;
  return {
    height: ROW,
    draw: (y, width) =>
      rowLink(
        id,
        outcome,
        box(from - 52, y + 1, width - from + 46, ROW - 3, "hit") +
          box(from - 44, y + 11, 30, 18, "badge") +
          label(from - 29, y + 24, String(id), "number", "middle") +
          label(from + 12, y + 14, requestLabel, "asked") +
          label(to - 14, y + 14, purpose + redirect, "purpose", "end") +
          arrow(from, to, y + 20, "request") +
          label(from + 12, y + 36, responseLabel, "answer") +
          arrow(to, from, y + 42, "response") +
          pin(entry, to, y + 31),
      ),
  };
}

function personBlock(words: string, from: number, to: number): DiagramBlock {
  return {
    height: PERSON_ROW,
    draw: (y) =>
      `<g class="row person">${arrow(laneX(from), laneX(to), y + 20, "request")}` +
      `${label(Math.min(laneX(from), laneX(to)) + 10, y + 15, words, "purpose")}</g>`,
  };
}

/** What happens in the browser, which is not recorded. */
function consentBlocks({ steps, entries, lanes }: ExchangeModel): DiagramBlock[] {
  const authorized = steps.find(({ step }) => step === "authorization");
  const isRecorded = entries.some(({ exchange }) => exchange.purpose === "authorization");
  if (authorized === undefined || isRecorded) return [];
  const server = lanes.findLastIndex(({ kind }) => kind === "as");
  return [
    band(STEP_NAMES.authorization),
    personBlock("asked for consent", 1, 0),
    ...server === -1 ? [] : [personBlock("signs in, in a browser (not recorded)", 0, server)],
    ...authorized.status === "done" ? [personBlock("consents", 0, 1)] : [],
  ];
}

function buildBlocks(model: ExchangeModel): DiagramBlock[] {
  const { steps, entries } = model;
  const start = steps.find(({ step }) => step === "authorization")?.startedAt ?? "";
  let consent = consentBlocks(model);
  let step: string | undefined;
  const blocks: DiagramBlock[] = [];
  for (const entry of entries) {
    const { exchange } = entry;
    if (consent.length > 0 && exchange.startedAt > start && exchange.step !== "authorization") {
      blocks.push(...consent);
      consent = [];
      step = undefined;
    }
    if (exchange.step !== step) blocks.push(band(STEP_NAMES[exchange.step]));
    step = exchange.step;
    blocks.push(exchangeBlock(entry));
  }
  return [...blocks, ...consent];
}

function heads(lanes: readonly Lane[], width: number): string {
  const parts = lanes.map(({ title, origin = "", kind }, lane) => {
    const host = shortenMiddle(origin.replace(/^https?:\/\//, ""), 22);
    const size = lane < 2 ? 80 : 160;
    return `<g class="lane ${kind}">` +
      `<rect x="${laneX(lane) - size / 2}" y="7" width="${size}" height="42" rx="8"/>` +
      label(laneX(lane), host === "" ? 33 : 25, title, "title", "middle") +
      (host && label(laneX(lane), 41, host, "host", "middle")) + "</g>";
  });
  return drawing(width, HEAD, "Parties", parts.join(""));
}

/** One drawing for each step, or more for a long one. */
function drawings(
  blocks: readonly DiagramBlock[],
  lanes: readonly Lane[],
  width: number,
): string[] {
  const groups: DiagramBlock[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last === undefined || block.step !== undefined || last.length >= MAX_ROWS) {
      groups.push([block]);
    } else last.push(block);
  }
  let step = "";
  return groups.map((group) => {
    step = group[0]?.step ?? step;
    let y = 0;
    const rows = group.map((block) => {
      const drawn = block.draw(y, width);
      y += block.height;
      return drawn;
    });
    const lines = lanes.map((_, lane) =>
      `<line class="life" x1="${laneX(lane)}" y1="0" x2="${laneX(lane)}" y2="${y}"/>`
    );
    return drawing(width, y, step, lines.join("") + rows.join(""));
  });
}

/** The sequence diagram. Each exchange is a link to its description. */
export function diagram(model: ExchangeModel): string {
  const { lanes } = model;
  const width = Math.max(laneX(lanes.length - 1), FIRST_SERVER) + MARGIN;
  return `<div class="heads">${heads(lanes, width)}</div>` +
    drawings(buildBlocks(model), lanes, width).join("");
}
