/** Starts mcp-remote for the server that the first argument names. @module */

import "mcp-remote/dist/proxy.js";
