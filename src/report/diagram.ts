/**
 * The sequence diagram, as SVG without styles of its own.
 *
 * @module
 */

import type { Account, Told } from "./account.ts";
import { escaped } from "./markup.ts";

const LANE = 240;
const ROW = 44;
const TOP = 64;
const MARGIN = 90;

const at = (lane: number): number => MARGIN + lane * LANE;

function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

function label({ exchange: { request, response, durationMs } }: Told): string {
  const path = URL.parse(request.url)?.pathname ?? request.url;
  const status = response === null ? "no answer" : String(response.status);
  return `${request.method} ${cut(path, 26)} → ${status}, ${Math.round(durationMs)} ms`;
}

/** How an exchange went, for its colour: `error`, `warning` or `good`. */
export function mood({ exchange, findings }: Told): "error" | "warning" | "good" {
  if (exchange.response === null || findings.some(({ severity }) => severity === "error")) {
    return "error";
  }
  return findings.some(({ severity }) => severity === "warning") ? "warning" : "good";
}

function arrow(from: number, to: number, y: number): string {
  const head = to > from ? to - 8 : to + 8;
  return `<line x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>` +
    `<path d="M ${head} ${y - 4} L ${to} ${y} L ${head} ${y + 4}"/>`;
}

function exchangeRow(told: Told, row: number): string {
  const y = TOP + row * ROW;
  const { id, step } = told.exchange;
  const text = `${id}. ${label(told)}`;
  const count = told.findings.length;
  const pin = count === 0 ? "" : `<circle cx="${at(told.lane)}" cy="${y}" r="9"/>` +
    `<text class="count" aria-hidden="true" x="${at(told.lane)}" y="${
      y + 4
    }" text-anchor="middle">${count}</text>`;
  const name = `${text}${count === 0 ? "" : `, findings: ${count}`}`;
  return `<a class="row ${mood(told)}" href="#exchange-${id}" data-exchange="${id}">` +
    `<title>${escaped(`${step}: ${name}`)}</title>` +
    `<rect x="0" y="${y - 26}" width="${MARGIN * 2 + LANE * 8}" height="${ROW - 4}"/>` +
    `${arrow(at(1), at(told.lane), y)}${pin}` +
    `<text x="${at(1) + 8}" y="${y - 7}">${escaped(text)}</text></a>`;
}

function personRow(words: string, there: boolean, row: number): string {
  const y = TOP + row * ROW;
  const [from, to] = there ? [at(1), at(0)] : [at(0), at(1)];
  return `<g class="row person">${arrow(from, to, y)}` +
    `<text x="${at(0) + 8}" y="${y - 7}">${escaped(words)}</text></g>`;
}

/** The diagram: a link for each exchange, to the place where it is told. */
export function diagram({ artifact, lanes, told }: Account): string {
  const rows: string[] = [];
  const authorized = artifact.steps.find(({ step }) => step === "authorization");
  const byPerson = authorized !== undefined &&
    !artifact.exchanges.some(({ purpose }) => purpose === "authorization");
  let asked = !byPerson;
  for (const one of told) {
    if (
      !asked && authorized !== undefined && one.exchange.startedAt > authorized.startedAt &&
      one.exchange.step !== "authorization"
    ) {
      rows.push(personRow("asked for consent", true, rows.length + 1));
      if (authorized.status === "done") rows.push(personRow("consents", false, rows.length + 1));
      asked = true;
    }
    rows.push(exchangeRow(one, rows.length + 1));
  }
  if (!asked) rows.push(personRow("asked for consent", true, rows.length + 1));
  const height = TOP + (rows.length + 1) * ROW;
  const width = MARGIN * 2 + LANE * (lanes.length - 1);
  const heads = lanes.map(({ title, origin, kind }, lane) =>
    `<g class="lane ${kind}"><line x1="${at(lane)}" y1="46" x2="${at(lane)}" y2="${height}"/>` +
    `<text class="title" x="${at(lane)}" y="20" text-anchor="middle">${escaped(title)}</text>` +
    (origin === undefined
      ? ""
      : `<text x="${at(lane)}" y="37" text-anchor="middle">${escaped(cut(origin, 34))}</text>`) +
    `</g>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="group" aria-label="Sequence of the exchanges">` +
    `${heads.join("")}${rows.join("")}</svg>`;
}
