// Errors as Lambda's Node.js runtime answers them.
"use strict";

const util = require("node:util");

function named(name, message, cause) {
  const error = new Error(message);
  error.name = name;
  if (cause?.stack) {
    error.stack = cause.stack.replace(/^[^:\n]*/, name);
  } else {
    error.stack = error.stack.replace(/^Error/, name);
  }
  return error;
}

// What a promise was rejected with, unhandled.
function rejection(reason) {
  const error = named("Runtime.UnhandledPromiseRejection", String(reason));
  error.reason = reason;
  return error;
}

// The answer to a failed invocation or init.
function payload(error) {
  if (util.types.isNativeError(error) || (error?.name && error.message && error.stack)) {
    return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\n") };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// The same for the log: with the error's own members, and "stack" for "trace".
function logged(error) {
  const { trace: stack, ...said } = payload(error);
  const own = error !== null && typeof error === "object" ? { code: error.code, ...error } : {};
  try {
    return JSON.stringify({ ...said, ...own, stack });
  } catch {
    return JSON.stringify({ ...said, stack });
  }
}

module.exports = { named, rejection, payload, logged };
