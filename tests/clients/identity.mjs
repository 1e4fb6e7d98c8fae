// A gamer's way in and out by amazon-cognito-identity-js: only the endpoint is ours. Prints what it saw as JSON.
import {
  AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool,
} from 'amazon-cognito-identity-js';
import { code, given, other, refusal } from './given.mjs';

const { url, pool, client, username, password } = given;
const Pool = new CognitoUserPool({ UserPoolId: pool, ClientId: client, endpoint: url });
const user = new CognitoUser({ Username: username, Pool });
const email = new CognitoUserAttribute({ Name: 'email', Value: `${username}@example.com` });

/** A call with a Node.js callback, as a promise. */
const done = (call) => new Promise((resolve, reject) => {
  call((error, result) => (error ? reject(error) : resolve(result)));
});
const authenticated = (secret) => new Promise((onSuccess, onFailure) => {
  const details = new AuthenticationDetails({ Username: username, Password: secret });
  user.authenticateUser(details, { onSuccess, onFailure });
});

const seen = {};
seen.signUp = (await done((back) => Pool.signUp(username, password, [email], null, back))).userConfirmed;
const right = await code(email.getValue());
seen.wrongCode = await refusal(() => done((back) => user.confirmRegistration(other(right), false, back)));
seen.confirmed = await done((back) => user.confirmRegistration(right, false, back));
seen.wrongPassword = await refusal(() => authenticated(`${password}x`));
const first = await authenticated(password);
seen.user = first.getIdToken().payload['cognito:username'];
seen.email = (await done((back) => user.getUserAttributes(back))).find((one) => one.getName() === 'email').getValue();
const second = await done((back) => user.refreshSession(first.getRefreshToken(), back));
seen.refreshed = first.getIdToken().getJwtToken() !== second.getIdToken().getJwtToken();
seen.sameSession = first.getIdToken().payload.origin_jti === second.getIdToken().payload.origin_jti;
seen.signedOut = await new Promise((onSuccess, onFailure) => { user.globalSignOut({ onSuccess, onFailure }); });
user.signInUserSession = second;
seen.afterwards = await refusal(() => done((back) => user.refreshSession(second.getRefreshToken(), back)));
console.log(JSON.stringify(seen));
