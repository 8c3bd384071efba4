/** SVG elements without style attributes, which the page's content security policy forbids. @module */

import { escapeHtml } from "../core/escape_html.ts";

/** Shortens a text in its middle to `limit` characters. */
export function shortenMiddle(text: string, limit: number): string {
  const characters = [...text];
  if (characters.length <= limit) return text;
  const end = Math.floor((limit - 1) / 3);
  return `${characters.slice(0, limit - 1 - end).join("")}…${characters.slice(-end).join("")}`;
}

export function label(x: number, y: number, text: string, kind: string, anchor = "start"): string {
  const shown = escapeHtml(text);
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${shown}</text>`;
}

export function arrow(from: number, to: number, y: number, kind: string): string {
  const back = to > from ? to - 7 : to + 7;
  return `<line class="${kind}" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/>` +
    `<path class="${kind} head" d="M ${back} ${y - 4} L ${to} ${y} L ${back} ${y + 4} Z"/>`;
}

export function box(x: number, y: number, width: number, height: number, kind: string): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`;
}

/** A drawing; `name` is read by screen readers. */
export function drawing(width: number, height: number, name: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="group" aria-label="${escapeHtml(name)}">` +
    `${content}</svg>`;
}

export function rowLink(id: number, kind: string, content: string): string {
  return `<a class="row ${kind}" href="#exchange-${id}" data-exchange="${id}">${content}</a>`;
}
