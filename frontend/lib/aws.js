// AWS services that speak JSON: one POST per call, signed when there are credentials.
import { signed } from './sigv4.js';

const PATIENCE = 10_000; // ms
const SERVICES = {
  kinesis: { prefix: 'Kinesis_20131202', version: '1.1', signedAs: 'kinesis' },
  sqs: { prefix: 'AmazonSQS', version: '1.0', signedAs: 'sqs' },
  'cognito-identity': { prefix: 'AWSCognitoIdentityService', version: '1.1', signedAs: 'cognito-identity' },
};

/** An error that a service answered; name is its own, e.g. AccessDeniedException. */
export class AwsError extends Error {
  constructor(name, message, status) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** A client of one service. credentials(): a promise of {accessKeyId, secretKey, sessionToken}, or of null for none. */
export class Aws {
  constructor(service, endpoint, region, credentials = async () => null, now = () => new Date()) {
    Object.assign(this, { ...SERVICES[service], endpoint: endpoint.replace(/\/*$/, '/'), region, credentials, now });
  }

  /** What the operation answers. Throws AwsError, or fetch's own errors when nobody answers. */
  async call(operation, input) {
    const body = JSON.stringify(input);
    const headers = { 'content-type': `application/x-amz-json-${this.version}`, 'x-amz-target': `${this.prefix}.${operation}` };
    const credentials = await this.credentials();
    const answer = await fetch(this.endpoint, {
      method: 'POST',
      headers: credentials ? signed({ ...this, url: this.endpoint, service: this.signedAs, headers, body, credentials, now: this.now() }) : headers,
      body,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const result = await answer.json().catch(() => ({}));
    if (answer.ok) return result;
    const name = (result.__type ?? `HTTP ${answer.status}`).split('#').pop();
    throw new AwsError(name, result.message ?? result.Message ?? '', answer.status);
  }
}
