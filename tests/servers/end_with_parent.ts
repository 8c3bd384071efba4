/** Ends this program with the process that started it: then standard input ends. @module */

Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit());
