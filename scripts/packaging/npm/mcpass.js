#!/usr/bin/env node
"use strict";

// Starts the program in the package of this platform, with the same arguments, standard streams,
// signals and exit status.

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { optionalDependencies } = require("./package.json");

const platform = `${process.platform}-${process.arch}`;
const name = `@mcpass/${platform}`;

function fail(headline, cause, fix) {
  process.stderr.write(`error: ${headline}\nCause: ${cause}\nFix:   ${fix}\n`);
  process.exit(1);
}

function findProgram() {
  if (!(name in optionalDependencies)) {
    const platforms = Object.keys(optionalDependencies).map((it) => it.replace("@mcpass/", ""));
    fail(
      `no mcpass program for ${platform}`,
      `there are programs for ${platforms.join(", ")}`,
      "run mcpass on one of these platforms",
    );
  }
  if (process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime) {
    fail(
      "mcpass needs glibc",
      "this Node.js runs on another C library (Alpine Linux has musl)",
      "use a system or an image with glibc, such as node:22-bookworm-slim",
    );
  }
  const file = process.platform === "win32" ? "mcpass.exe" : "mcpass";
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    fail(
      `the package ${name} is not installed`,
      "optional dependencies were left out (--omit=optional), or the lock file was made on " +
        "another platform",
      "install mcpass again with optional dependencies: npm install --include=optional mcpass",
    );
  }
}

const program = findProgram();
// A terminal sends SIGINT to the program too, which ends at once after a second one.
const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
process.on("SIGINT", () => {
  if (!terminal) child.kill("SIGINT");
});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  fail(`cannot start ${program}`, error.message, "check that this user may run the file");
});
child.on("exit", (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal]);
});
