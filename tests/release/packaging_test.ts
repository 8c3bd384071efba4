import assert from "node:assert/strict";
import { parse } from "yaml";
import { TARGETS } from "../../scripts/build/targets.ts";
import { fill, fillTemplates, type Release, TEMPLATES } from "../../scripts/packaging/fill.ts";
import { syntaxFaults } from "./grammar.ts";

const hashOf = (target: string) => String(TARGETS.findIndex((it) => it === target) + 1).repeat(64);
const BASE = "https://releases.example/v1.2.3";

function release(targets: readonly string[] = TARGETS): Release {
  const lines = targets.map((target) => {
    const ending = target.includes("windows") ? "zip" : "tar.gz";
    return `${hashOf(target)}  mcpass-1.2.3-${target}.${ending}\n`;
  });
  return {
    release: `${BASE}/`,
    homepage: "https://project.example/mcpass",
    version: "1.2.3",
    sums: lines.join("") + `${"f".repeat(64)}  mcpass-1.2.3.spdx.json\n`,
  };
}

const filled = await fillTemplates(release());
const text = (name: (typeof TEMPLATES)[number]) => filled.get(name) ?? "";

/** The file of a target and its hash, as they have to stand together. */
function pair(target: string): { readonly url: string; readonly sha256: string } {
  const ending = target.includes("windows") ? "zip" : "tar.gz";
  return { url: `${BASE}/mcpass-1.2.3-${target}.${ending}`, sha256: hashOf(target) };
}

Deno.test("every template is filled: no place is left, and no hash but the release's", async () => {
  const folder = new URL("../../scripts/packaging/", import.meta.url);
  const known = new Set<string>(TARGETS.map(hashOf));
  for (const name of TEMPLATES) {
    assert.match(
      await Deno.readTextFile(new URL(name, folder)),
      /\{\{version\}\}|\{\{sha256 /,
      name,
    );
    assert.doesNotMatch(text(name), /\{\{|\}\}/, name);
    for (const [hash] of text(name).matchAll(/\b[0-9A-Fa-f]{64}\b/g)) assert.ok(known.has(hash));
  }
});

Deno.test("the install scripts go with them as they are", async () => {
  for (const name of ["install.sh", "install.ps1"]) {
    const script = await Deno.readTextFile(new URL(`../../scripts/${name}`, import.meta.url));
    assert.equal(filled.get(name), script);
  }
});

Deno.test("the Homebrew formula is Ruby and has file and hash of each Unix platform", async () => {
  const formula = text("homebrew.rb");
  assert.deepEqual(await syntaxFaults("ruby", formula), []);
  assert.notDeepEqual(await syntaxFaults("ruby", formula.replace("  end\n", "")), []);
  const found = [...formula.matchAll(/on_(\w+) do\n\s+url "(.*)"\n\s+sha256 "(.*)"/g)]
    .map(([, cpu, url, sha256]) => ({ cpu, url, sha256 }));
  assert.deepEqual(found, [
    { cpu: "arm", ...pair("aarch64-apple-darwin") },
    { cpu: "intel", ...pair("x86_64-apple-darwin") },
    { cpu: "arm", ...pair("aarch64-unknown-linux-gnu") },
    { cpu: "intel", ...pair("x86_64-unknown-linux-gnu") },
  ]);
});

Deno.test("the Scoop manifest is JSON with file and hash of Windows", () => {
  const manifest = JSON.parse(text("scoop.json"));
  const { url, sha256 } = pair("x86_64-pc-windows-msvc");
  assert.deepEqual(manifest.architecture, { "64bit": { url, hash: sha256 } });
  assert.deepEqual([manifest.version, manifest.bin], ["1.2.3", "mcpass.exe"]);
});

Deno.test("the winget manifests are YAML, agree with each other, and name file and hash", () => {
  const names = TEMPLATES.filter((name) => name.startsWith("winget/"));
  const manifests = names.map((name) => parse(text(name)));
  assert.deepEqual(
    manifests.map(({ ManifestType }) => ManifestType).sort(),
    ["defaultLocale", "installer", "version"],
  );
  for (const [at, manifest] of manifests.entries()) {
    assert.equal(manifest.PackageIdentifier, "mcpass.mcpass");
    assert.equal(manifest.PackageVersion, "1.2.3");
    assert.equal(manifest.ManifestVersion, manifests[0].ManifestVersion);
    assert.ok(names[at]?.startsWith("winget/mcpass.mcpass."));
  }
  const installer = manifests.find(({ ManifestType }) => ManifestType === "installer");
  const { url, sha256 } = pair("x86_64-pc-windows-msvc");
  assert.deepEqual(installer.Installers, [
    { Architecture: "x64", InstallerUrl: url, InstallerSha256: sha256 },
  ]);
  assert.equal(installer.NestedInstallerFiles[0].RelativeFilePath, "mcpass.exe");
});

Deno.test("the image takes checked archives and ends as distroless, not as root, without a shell", () => {
  const instructions = text("Dockerfile").replaceAll(/^#.*\n/gm, "").split(/\n+/).filter(Boolean);
  for (const [cpu, target] of [["amd64", "x86_64"], ["arm64", "aarch64"]] as const) {
    const { url, sha256 } = pair(`${target}-unknown-linux-gnu`);
    const at = instructions.indexOf(`FROM debian:bookworm-slim AS archive-${cpu}`);
    assert.equal(instructions[at + 1], `ADD --checksum=sha256:${sha256} ${url} /mcpass.tar.gz`);
  }
  const last = instructions.findLastIndex((line) => line.startsWith("FROM "));
  assert.deepEqual(instructions.slice(last), [
    "FROM gcr.io/distroless/cc-debian12:nonroot",
    "COPY --from=unpacked /usr/local/bin/mcpass /usr/local/bin/mcpass",
    'ENTRYPOINT ["/usr/local/bin/mcpass"]',
  ]);
});

Deno.test("a release without a platform, and a place that is none, fill nothing", async () => {
  const lacking = release(TARGETS.filter((target) => target !== "aarch64-apple-darwin"));
  await assert.rejects(fillTemplates(lacking), /no line for "mcpass-1\.2\.3-aarch64-apple-darwin/);
  assert.throws(() => fill("{{size x86_64-apple-darwin}}", release()), /is no place/);
});
