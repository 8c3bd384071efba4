/** The description of one code: for the head of an error, `mcpass explain` and `docs/findings.md`. */
export interface Page {
  /** The fault in a few words, as they follow `error:`. */
  readonly title: string;
  /** What that means and what follows from it, for someone who has read no RFC. */
  readonly meaning: string;
  /** The request and response, the member of a document, or the command line. */
  readonly example: string;
  /** What the operator of a server changes; absent if nothing is wrong with a server. */
  readonly serverFix?: string;
  /** What the reader changes: the command line, a file, this machine, the client's registration. */
  readonly fix?: string;
  /** What helps the reader until the server is fixed. */
  readonly workaround?: string;
  /** Sections of an RFC or of MCP, separated by `; `. */
  readonly spec?: string;
  /** By product or products. */
  readonly products?: Readonly<Record<string, ProductText>>;
}

/** What was seen at a product and the setting or flag for it; where it was reported. */
export type ProductText = string | readonly [text: string, source: string];

/** Pages by code. */
export type Pages = Readonly<Record<string, Page>>;
