// A visitor without an account: an identity pool gives credentials that may do what its unauthenticated role may.
// https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html
import { Aws } from './aws.js';

const RENEW_AT = 0.8; // of the credentials' life

export class Visitor {
  #identity = null;
  #kept = null;
  #renewAt = 0;
  #pending = null;

  constructor(endpoint, region, poolId, now = Date.now) {
    this.api = new Aws('cognito-identity', endpoint, region);
    this.poolId = poolId;
    this.now = now;
  }

  /** {accessKeyId, secretKey, sessionToken}, renewed in time; callers at the same time share one renewal. */
  credentials() {
    if (this.#kept && this.now() < this.#renewAt) return Promise.resolve(this.#kept);
    this.#pending ??= this.#renew().finally(() => { this.#pending = null; });
    return this.#pending;
  }

  async #renew() {
    this.#identity ??= (await this.api.call('GetId', { IdentityPoolId: this.poolId })).IdentityId;
    const { Credentials: given } = await this.api.call('GetCredentialsForIdentity', { IdentityId: this.#identity });
    const now = this.now();
    this.#renewAt = now + (given.Expiration * 1000 - now) * RENEW_AT;
    this.#kept = { accessKeyId: given.AccessKeyId, secretKey: given.SecretKey, sessionToken: given.SessionToken };
    return this.#kept;
  }
}
