/**
 * Files between the base runtime and what `deno compile` appended to it: a start reads only those that it
 * needs. What is embedded by `deno compile` is read into memory at each start.
 *
 * @module
 */

import { filesBelow } from "../shell.ts";

/** What is appended begins with this. Its length is in the last eight bytes. */
const MAGIC = "d3n0l4nd";

/** The place of a file: the first byte before the appended part, counted from there, and the length. */
export type Place = readonly [before: number, length: number];

/** Where {@link storeFiles} puts what `deno compile` appended: undefined for another format. */
export async function appendedTo(program: string): Promise<number | undefined> {
  using file = await Deno.open(program);
  const { size } = await file.stat();
  const length = new DataView(new ArrayBuffer(8));
  if (size < length.byteLength) return undefined;
  await file.seek(size - length.byteLength, Deno.SeekMode.Start);
  await file.read(new Uint8Array(length.buffer));
  const start = size - Number(length.getBigUint64(0, true));
  if (start < 0) return undefined;
  await file.seek(start, Deno.SeekMode.Start);
  const magic = new Uint8Array(MAGIC.length);
  await file.read(magic);
  return new TextDecoder().decode(magic) === MAGIC ? start : undefined;
}

/** Files one after the other, and their places by name: `./<name>`. */
export interface JoinedFiles {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly places: Readonly<Record<string, Place>>;
}

/** Joins the files below a folder. */
export async function joinFiles(folder: string): Promise<JoinedFiles> {
  const names = (await filesBelow(folder)).sort();
  const files = await Promise.all(names.map((name) => Deno.readFile(`${folder}/${name}`)));
  const bytes = await new Blob(files).bytes();
  const places: Record<string, Place> = {};
  let before = bytes.length;
  for (const [at, { length }] of files.entries()) {
    places[`./${names[at]}`] = [before, length];
    before -= length;
  }
  return { bytes, places };
}

/** Inserts joined files into a program. @throws Error if it has another format. */
export async function storeFiles(program: string, bytes: Uint8Array): Promise<void> {
  const start = await appendedTo(program);
  if (start === undefined) throw new Error(`"${program}" has an unexpected format`);
  using before = await Deno.open(program);
  await before.seek(start, Deno.SeekMode.Start);
  const appended = await new Response(before.readable).bytes();
  using file = await Deno.open(program, { write: true });
  await file.seek(start, Deno.SeekMode.Start);
  const writer = file.writable.getWriter();
  for (const part of [bytes, appended]) await writer.write(part);
  await writer.close();
}
