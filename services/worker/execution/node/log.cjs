// console as Lambda has it: time, request id, level, message; what has several lines stays one event.
"use strict";

const util = require("node:util");
const errors = require("./errors.cjs");

const LEVELS = { log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE" };
const HINT =
  "Fogbank: AWS's own runtime brings the AWS SDK for JavaScript along; this machine's Node.js does not. " +
  "Put it into the package, or name a node_modules folder that holds it in FOGBANK_NODE_MODULES.";

// requestId: gives the id of the invocation that is running.
function patch(requestId) {
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name] = (...said) => write(requestId(), level, util.format(...said));
  }
}

// An error that ends an invocation, or the process.
function failure(id, what, error) {
  write(id, "ERROR", `${what} \t${errors.logged(error)}`);
  if (/Cannot find (module|package) '(aws-sdk|@aws-sdk\/)/.test(error?.message)) {
    process.stdout.write(`${HINT}\n`);
  }
}

function write(id, level, text) {
  process.stdout.write(`${new Date().toISOString()}\t${id}\t${level}\t${text.replaceAll("\n", "\r")}\n`);
}

module.exports = { patch, failure };
