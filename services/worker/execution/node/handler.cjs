// Finds the handler in the function's code, as Lambda does: CommonJS, or ES modules by .mjs or package.json's type.
"use strict";

const fs = require("node:fs");
const module_ = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const errors = require("./errors.cjs");

const CALLBACKS_END = 24; // from this version on
const CALLBACK =
  "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or later.";

// root: the code's folder; name: for example "src/index.handler".
async function load(root, name) {
  const [folder, file] = [path.dirname(name), path.basename(name)];
  const parts = /^([^.]*)\.(.*)$/.exec(file);
  if (name.includes("..") || !parts) {
    throw errors.named("Runtime.MalformedHandlerName", `Bad handler: ${name}`);
  }
  const exported = await imported(path.resolve(root, folder, parts[1]), root);
  const handler = parts[2].split(".").reduce((nested, key) => nested?.[key], exported);
  if (typeof handler !== "function") {
    const what = handler === undefined ? "undefined or not exported" : "not a function";
    throw errors.named("Runtime.HandlerNotFound", `${name} is ${what}`);
  }
  if (wanted() >= CALLBACKS_END && handler.length > 2) {
    throw errors.named("Runtime.CallbackHandlerDeprecated", CALLBACK);
  }
  return handler;
}

async function imported(base, root) {
  try {
    return await tried(base, root);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw errors.named("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`, error);
    }
    if (error?.code === "MODULE_NOT_FOUND") {
      throw errors.named("Runtime.ImportModuleError", `Error: ${error.message}`, error);
    }
    throw error;
  }
}

async function tried(base, root) {
  const isModule = typeOf(path.dirname(base)) === "module";
  for (const [extension, asModule] of [["", false], [".js", isModule], [".mjs", true], [".cjs", false]]) {
    const file = base + extension;
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      return asModule ? await esModule(file) : require(file);
    }
  }
  return require(require.resolve(path.basename(base), { paths: [root, path.dirname(base)] }));
}

// ES modules do not look into NODE_PATH by themselves.
function esModule(file) {
  if (process.env.NODE_PATH && module_.register) {
    module_.register("./resolve.mjs", pathToFileURL(__filename));
  }
  return import(pathToFileURL(file).href);
}

function typeOf(folder) {
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8")).type;
    } catch {
      return undefined;
    }
  }
  const above = path.dirname(folder);
  return above === folder || folder.endsWith("/node_modules") ? undefined : typeOf(above);
}

function wanted() {
  return Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1] ?? 0);
}

module.exports = { load };
