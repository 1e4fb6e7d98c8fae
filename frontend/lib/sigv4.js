// Signature Version 4 of AWS calls. Hashing is a library's: browsers keep their own from pages on a LAN address.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import '../vendor/js-sha256/sha256.min.js';

const { sha256 } = globalThis;
const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * The headers of a POST with its signature: those given, and x-amz-date, x-amz-security-token, authorization.
 * url: where it goes, without a query; body: text; credentials: {accessKeyId, secretKey, sessionToken}; now: a Date.
 */
export function signed({ url, headers, body, service, region, credentials, now }) {
  const { host, pathname } = new URL(url);
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const all = { ...lowered(headers), 'x-amz-date': stamp };
  if (credentials.sessionToken) all['x-amz-security-token'] = credentials.sessionToken;
  const toSign = { ...all, host }; // which the browser sends by itself
  const names = Object.keys(toSign).sort();
  const canonical = [
    'POST', pathname, '', ...names.map((name) => `${name}:${toSign[name].trim().replace(/ +/g, ' ')}`), '',
    names.join(';'), sha256(body),
  ].join('\n');
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signature = sha256.hmac(key(credentials.secretKey, scope), [ALGORITHM, stamp, scope, sha256(canonical)].join('\n'));
  const authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...all, authorization };
}

function key(secret, scope) {
  return scope.split('/').reduce((under, part) => sha256.hmac.array(under, part), `AWS4${secret}`);
}

function lowered(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
