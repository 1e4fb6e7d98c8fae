// The Lambda Runtime API's client. Its connection does not keep the process alive between two requests.
"use strict";

const http = require("node:http");

const VERSION = "/2018-06-01/runtime";

class RuntimeApi {
  constructor(address) {
    [this.host, this.port] = address.split(":");
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  // Waits for the next invocation.
  async next() {
    const { headers, body } = await this.#send("GET", "/invocation/next");
    return { id: headers["lambda-runtime-aws-request-id"], headers, event: body };
  }

  succeed(id, text) {
    return this.#send("POST", `/invocation/${id}/response`, text);
  }

  fail(id, payload) {
    return this.#send("POST", `/invocation/${id}/error`, JSON.stringify(payload), payload.errorType);
  }

  failInit(payload) {
    return this.#send("POST", "/init/error", JSON.stringify(payload), payload.errorType);
  }

  #send(method, path, text = "", errorType = "") {
    const body = Buffer.from(text);
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    if (errorType) {
      headers["Lambda-Runtime-Function-Error-Type"] = encodeURIComponent(errorType);
    }
    return new Promise((resolve, reject) => {
      const options = { host: this.host, port: this.port, path: VERSION + path, method, agent: this.agent, headers };
      const request = http.request(options, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
        response.on("error", reject);
      });
      request.on("error", reject);
      request.end(body);
    });
  }
}

module.exports = { RuntimeApi };
