/** The commit of this build. @module */

/** The build writes the commit over this text in the bundle. */
const STAMP = "@mcpass-commit@";

/** Commit this was built from, with `-modified` behind it where files differed; null from source. */
export const COMMIT: string | null = STAMP.startsWith("@") ? null : STAMP;
