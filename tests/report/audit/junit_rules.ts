/**
 * What the JUnit schemas of Ant and of Jenkins (junit-10) both accept: Ant requires every attribute and
 * part of a suite in this order, and allows one result for each case; Jenkins knows no attribute of
 * `testsuites`, and only these children.
 *
 * @module
 */

import { SaxesParser } from "saxes";

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** @throws Error if the text is not well-formed XML 1.0. */
export function parseXml(xml: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const parser = new SaxesParser();
  parser.on("error", (error: Error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: "" };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("text", (text: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on("closetag", () => {
    open.pop();
  });
  parser.write(xml).close();
  const [element = root] = root.children;
  return element;
}

const ANY = /^[^]*$/;
const TOKEN = /^\S/;
const NUMBER = /^\d+$/;
const SECONDS = /^\d+\.\d{3}$/;

interface Rule {
  readonly attributes: Readonly<Record<string, RegExp>>;
  /** Names of the children, each with a comma. */
  readonly children: RegExp;
  /** False if it has only white space. */
  readonly hasText?: boolean;
}

const NONE = /^$/;

const RULES: Readonly<Record<string, Rule>> = {
  testsuites: { attributes: {}, children: /^(testsuite,)*$/ },
  testsuite: {
    attributes: {
      id: NUMBER,
      package: TOKEN,
      name: TOKEN,
      hostname: TOKEN,
      timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
      tests: NUMBER,
      failures: NUMBER,
      errors: NUMBER,
      skipped: NUMBER,
      time: SECONDS,
    },
    children: /^properties,(testcase,)*system-out,system-err,$/,
  },
  properties: { attributes: {}, children: /^(property,)*$/ },
  property: { attributes: { name: TOKEN, value: ANY }, children: NONE },
  testcase: {
    attributes: { classname: TOKEN, name: TOKEN, time: SECONDS },
    children: /^((failure|error|skipped),)?$/,
  },
  failure: { attributes: { type: ANY, message: ANY }, children: NONE, hasText: true },
  error: { attributes: { type: ANY, message: ANY }, children: NONE, hasText: true },
  skipped: { attributes: { message: ANY }, children: NONE, hasText: true },
  "system-out": { attributes: {}, children: NONE, hasText: true },
  "system-err": { attributes: {}, children: NONE, hasText: true },
};

/** Where an element differs from the rules; empty if nowhere. */
function elementFaults(element: Element): string[] {
  const rule = RULES[element.name];
  if (rule === undefined) return [`<${element.name}> is unknown`];
  const names = Object.keys(element.attributes);
  const children = element.children.map(({ name }) => `${name},`).join("");
  return [
    ...names.filter((name) => !Object.hasOwn(rule.attributes, name))
      .map((name) => `${element.name}: attribute ${name}`),
    ...Object.entries(rule.attributes)
      .filter(([name, pattern]) => {
        const value = element.attributes[name];
        return value === undefined || !pattern.test(value);
      })
      .map(([name]) => `${element.name}: ${name} is ${element.attributes[name]}`),
    ...rule.children.test(children) ? [] : [`${element.name}: children ${children}`],
    ...rule.hasText || element.text.trim() === "" ? [] : [`${element.name}: text`],
    ...element.children.flatMap(elementFaults),
  ];
}

/** Why a reader of JUnit refuses a file; empty if it accepts it. */
export function junitFaults(xml: string): string[] {
  try {
    const root = parseXml(xml);
    return root.name === "testsuites" ? elementFaults(root) : [`<${root.name}> is the root`];
  } catch (error) {
    return [String(error)];
  }
}
