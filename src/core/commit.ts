/** The commit of this build. @module */

/** The build writes the commit over this text in the bundle; no column of a source map moves. */
const STAMP = "@mcpass-commit@                                  ".trimEnd();

/** Commit this was built from, with `-modified` behind it where files differed; null from source. */
export const COMMIT: string | null = STAMP.startsWith("@") ? null : STAMP;
