/**
 * The version of the program.
 *
 * @module
 */

/** Version of this build, as in deno.json. */
export const VERSION = "0.1.0";
