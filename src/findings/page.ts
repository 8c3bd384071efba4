/** The description of one code: for the head of an error, `mcpass explain` and `docs/findings.md`. */
export interface Page {
  /** The fault in a few words, as they follow `error:`. */
  readonly title: string;
  /** What the title does not say: the consequence or the cause, for someone who has read no RFC. */
  readonly means?: string;
  /** Section of an RFC or of MCP. */
  readonly clause?: string;
  /** An example: the request, the response, or the command line. */
  readonly looks: string;
  /** What to change at the server; absent if there is nothing to change. */
  readonly change?: string;
  /** What the client can do: a workaround, or the fix if nothing is wrong with the server. */
  readonly meanwhile: string;
  /** By product or products: what they are reported to do, and the setting or flag for it. */
  readonly products?: Readonly<Record<string, string>>;
}

/** Pages by code. */
export type Pages = Readonly<Record<string, Page>>;
