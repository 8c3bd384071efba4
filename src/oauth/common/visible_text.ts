/** The text that a person sees. Scripts often repeat the request, so their words prove nothing. */
export function visibleText(page: string): string {
  const [first = "", ...rest] = page.split(/<(?:script|style)\b/i);
  const parts = rest.map((part) => {
    const end = part.search(/<\/(?:script|style)/i);
    return end === -1 ? "" : part.slice(end);
  });
  return [first, ...parts].join(" ").replace(/<[^<>]*>/g, " ").replace(/\s+/g, " ").trim();
}
