// The handler's second argument: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
"use strict";

function context(headers, call, callback) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    get callbackWaitsForEmptyEventLoop() {
      return call.waits;
    },
    set callbackWaitsForEmptyEventLoop(waits) {
      call.waits = Boolean(waits);
    },
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers["lambda-runtime-client-context"]),
    identity: parsed(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: call.id,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: callback,
    fail: (error) => callback(error ?? "handled"),
    succeed: (result) => callback(null, result),
  };
}

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}

module.exports = { context };
