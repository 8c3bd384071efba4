/**
 * A page of the findings catalogue.
 *
 * @module
 */

/** What a product is reported to do, and the setting or flag that answers it. */
export type ProductNote = readonly [product: string, note: string];

/**
 * What there is to know about one code: the head of the failure, the page of `mcpass explain` and the
 * section of `docs/findings.md` are made from it.
 */
export interface Page {
  /** The fault in a few words, as they follow `error:`: what a failure begins with. */
  readonly title: string;
  /** What it means, for someone who has read no RFC. */
  readonly means: string;
  /** The clause it rests on; absent where no standard speaks of it. */
  readonly clause?: string;
  /** How it looks on the wire or on the command line. */
  readonly looks: string;
  /** What to change, and where: on the server, or on this machine. */
  readonly change: string;
  /** What the client can do until then. */
  readonly meanwhile: string;
  /** Products in which it was reported, with the setting or the flag. */
  readonly products?: readonly ProductNote[];
}

/** Pages by code. */
export type Pages = Readonly<Record<string, Page>>;
