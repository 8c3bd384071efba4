/** Starts server-everything with the transport that the first argument names. @module */

import "./end_with_parent.ts";
import "@modelcontextprotocol/server-everything/dist/index.js";
