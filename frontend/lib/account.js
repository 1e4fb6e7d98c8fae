// Who is signed in, in this tab only: the tokens live in sessionStorage and are renewed before they run out.
import { claims, CognitoError, refresh, signIn } from './cognito.js';

const KEY = 'fogbank.account';
const RENEW_AT = 0.8; // of a token's life

/** The sign-in is gone for good; only the user can renew it. */
export class SignedOut extends Error {}

/** Cognito wants more than a password, e.g. NEW_PASSWORD_REQUIRED; the message is the challenge's name. */
export class ChallengeAsked extends Error {}

/** The account of this tab, or one that is yet to sign in. storage: as sessionStorage; now: ms. */
export class Account {
  #renewal = null;
  #kept;

  constructor(endpoint, { storage = sessionStorage, now = Date.now } = {}) {
    this.endpoint = endpoint;
    this.storage = storage;
    this.now = now;
    this.#kept = JSON.parse(storage.getItem(KEY) ?? 'null');
  }

  get signedIn() { return this.#kept !== null; }
  get idToken() { return this.#kept?.idToken ?? null; }
  get nickname() { return this.signedIn ? claims(this.#kept.idToken)['cognito:username'] : null; }
  get manages() { return this.signedIn && (claims(this.#kept.idToken)['cognito:groups'] ?? []).includes('Managers'); }

  async signIn(clientId, username, password) {
    const answer = await signIn(this.endpoint, clientId, username, password);
    if (!answer.AuthenticationResult) throw new ChallengeAsked(answer.ChallengeName);
    this.#keep(clientId, answer.AuthenticationResult);
  }

  signOut() {
    this.#kept = null;
    this.storage.removeItem(KEY);
  }

  /** The ID token, renewed first where most of its life is over. While it cannot be renewed, the rest has to do. */
  async token() {
    if (!this.signedIn) throw new SignedOut();
    if (this.now() >= this.#kept.renewAt) await this.renew().catch((error) => { if (error instanceof SignedOut) throw error; });
    if (!this.signedIn) throw new SignedOut(); // meanwhile
    return this.#kept.idToken;
  }

  /** Renews the ID token; callers at the same time share one call. Throws SignedOut when Cognito refuses. */
  renew() {
    this.#renewal ??= this.#renew().finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async #renew() {
    if (!this.signedIn) throw new SignedOut();
    const { clientId, refreshToken } = this.#kept;
    try {
      this.#keep(clientId, (await refresh(this.endpoint, clientId, refreshToken)).AuthenticationResult);
    } catch (error) {
      if (!(error instanceof CognitoError) || error.passes) throw error; // the sign-in may still be good
      this.signOut();
      throw new SignedOut();
    }
  }

  #keep(clientId, { IdToken: idToken, RefreshToken: refreshToken = this.#kept?.refreshToken, ExpiresIn: seconds }) {
    this.#kept = { clientId, idToken, refreshToken, renewAt: this.now() + seconds * 1000 * RENEW_AT };
    this.storage.setItem(KEY, JSON.stringify(this.#kept));
  }
}
