// A thin client of Cognito's user pools: JSON 1.1 over POST, no signature needed for these calls.
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html

const PATIENCE = 10_000; // ms
const BUSY = new Set(['TooManyRequestsException', 'LimitExceededException']);

/** An error that Cognito answered; name is its own, e.g. NotAuthorizedException. */
export class CognitoError extends Error {
  constructor(name, message, status) {
    super(message);
    this.name = name;
    this.status = status;
  }

  /** Whether it says nothing about what was asked: the same may be granted a moment later. */
  get passes() { return this.status >= 500 || this.status === 429 || BUSY.has(this.name); }
}

/** {AuthenticationResult: {IdToken, RefreshToken, ExpiresIn, …}} or {ChallengeName, …}. */
export function signIn(endpoint, clientId, username, password) {
  return initiateAuth(endpoint, clientId, 'USER_PASSWORD_AUTH', { USERNAME: username, PASSWORD: password });
}

/** A new ID token for a refresh token; the answer holds no new refresh token. */
export function refresh(endpoint, clientId, refreshToken) {
  return initiateAuth(endpoint, clientId, 'REFRESH_TOKEN_AUTH', { REFRESH_TOKEN: refreshToken });
}

/** A new user; {UserConfirmed} is false where a code that was sent by e-mail is still to be given. */
export function signUp(endpoint, clientId, username, password, attributes) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  return call(endpoint, 'SignUp', { ClientId: clientId, Username: username, Password: password, UserAttributes });
}

export function confirmSignUp(endpoint, clientId, username, code) {
  return call(endpoint, 'ConfirmSignUp', { ClientId: clientId, Username: username, ConfirmationCode: code });
}

export function resendCode(endpoint, clientId, username) {
  return call(endpoint, 'ResendConfirmationCode', { ClientId: clientId, Username: username });
}

/** Sends a code with which another password can be set. */
export function forgotPassword(endpoint, clientId, username) {
  return call(endpoint, 'ForgotPassword', { ClientId: clientId, Username: username });
}

export function setForgottenPassword(endpoint, clientId, username, code, password) {
  const given = { ClientId: clientId, Username: username, ConfirmationCode: code, Password: password };
  return call(endpoint, 'ConfirmForgotPassword', given);
}

/** What a token says of its bearer. Not verified: the page only decides what to show by it, the API what to allow. */
export function claims(token) {
  const bytes = Uint8Array.from(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

function initiateAuth(endpoint, clientId, flow, parameters) {
  return call(endpoint, 'InitiateAuth', { ClientId: clientId, AuthFlow: flow, AuthParameters: parameters });
}

async function call(endpoint, operation, body) {
  const answer = await fetch(`${endpoint}/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `AWSCognitoIdentityProviderService.${operation}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE),
  });
  const result = await answer.json();
  if (answer.ok) return result;
  throw new CognitoError((result.__type ?? `HTTP ${answer.status}`).split('#').pop(), result.message ?? '', answer.status);
}
