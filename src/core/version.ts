/** The version of the program. @module */

export const VERSION = "0.1.0";
