// The Node.js runtime of an execution environment: it asks the Lambda Runtime API for work, runs the handler, answers.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
"use strict";

const { RuntimeApi } = require("./api.cjs");
const { context } = require("./context.cjs");
const errors = require("./errors.cjs");
const { load } = require("./handler.cjs");
const log = require("./log.cjs");

const EXITED = "Runtime.NodeJsExit"; // nothing is left to do and there is no answer
const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
let current = null; // the invocation that is running: its id, and how it is settled

async function main() {
  log.patch(() => current?.id);
  process.on("uncaughtException", (error) => crash("Uncaught Exception", error, 129));
  process.on("unhandledRejection", (reason) => crash("Unhandled Promise Rejection", errors.rejection(reason), 128));
  process.on("beforeExit", () => current?.idle());
  const handler = await loaded();
  for (;;) {
    await run(handler, await api.next());
  }
}

async function loaded() {
  try {
    return await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await crash("Uncaught Exception", error, 1);
  }
}

async function run(handler, { id, headers, event }) {
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const outcome = await new Promise((settle) => invoke(handler, id, headers, event, settle));
  current = null;
  if ("error" in outcome) {
    log.failure(id, "Invoke Error", outcome.error);
    await api.fail(id, errors.payload(outcome.error));
  } else {
    await answer(id, outcome.result);
  }
}

async function answer(id, result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    return api.fail(id, errors.payload(new Error("Unable to stringify response body")));
  }
  return api.succeed(id, text);
}

function invoke(handler, id, headers, event, settle) {
  const call = { id, waits: true, done: null, promised: false };
  const finish = (outcome, now) => {
    call.done ??= outcome;
    if (now || !call.waits) {
      settle(call.done);
    }
  };
  // The event loop is empty: whatever the callback was given counts now; without anything the answer is null.
  call.idle = () => settle(call.done ?? (call.promised ? { error: errors.named(EXITED, NEVER) } : { result: null }));
  current = call;
  const callback = (error, result) => finish(error ? { error } : { result });
  try {
    const returned = handler(JSON.parse(event), context(headers, call, callback), callback);
    if (typeof returned?.then === "function") {
      call.promised = true;
      returned.then((result) => finish({ result }, true), (error) => finish({ error }, true));
    }
  } catch (error) {
    finish({ error }, true);
  }
}

const NEVER = "The event loop is empty, but the handler's promise was neither resolved nor rejected";

async function crash(what, error, code) {
  const id = current?.id;
  current = null;
  log.failure(id, what, error);
  await (id ? api.fail(id, errors.payload(error)) : api.failInit(errors.payload(error)));
  process.exit(code);
}

main();
