// A gamer's way in and out by AWS Amplify v6: only the endpoints are ours. Prints what it saw as JSON.
import { Amplify } from '@aws-amplify/core';
import {
  confirmSignUp, fetchAuthSession, fetchUserAttributes, getCurrentUser, signIn, signOut, signUp,
} from '@aws-amplify/auth';
import { cognitoCredentialsProvider, cognitoUserPoolsTokenProvider } from '@aws-amplify/auth/cognito';
import { code, given, other, refusal } from './given.mjs';

const { url, pool, client, identityPool, username, password } = given;
const Auth = {
  Cognito: {
    userPoolId: pool,
    userPoolClientId: client,
    userPoolEndpoint: url,
    identityPoolId: identityPool,
    identityPoolEndpoint: url,
    allowGuestAccess: false,
  },
};
// The package aws-amplify, which brings everything else along, puts these two in by itself.
cognitoUserPoolsTokenProvider.setAuthConfig(Auth);
Amplify.configure({ Auth }, {
  Auth: { tokenProvider: cognitoUserPoolsTokenProvider, credentialsProvider: cognitoCredentialsProvider },
});

const email = `${username}@example.com`;
const seen = {};
seen.signUp = (await signUp({ username, password, options: { userAttributes: { email } } })).nextStep.signUpStep;
const right = await code(email);
seen.wrongCode = await refusal(() => confirmSignUp({ username, confirmationCode: other(right) }));
seen.confirmed = (await confirmSignUp({ username, confirmationCode: right })).isSignUpComplete;
seen.wrongPassword = await refusal(() => signIn({ username, password: `${password}x` }));
seen.signedIn = (await signIn({ username, password })).isSignedIn;
seen.user = (await getCurrentUser()).username;
seen.email = (await fetchUserAttributes()).email;
const first = await fetchAuthSession();
const second = await fetchAuthSession({ forceRefresh: true });
seen.flow = (await getCurrentUser()).signInDetails.authFlowType;
seen.refreshed = String(first.tokens.idToken) !== String(second.tokens.idToken);
seen.sameSession = first.tokens.idToken.payload.origin_jti === second.tokens.idToken.payload.origin_jti;
seen.accessKey = second.credentials.accessKeyId.slice(0, 4);
seen.identity = second.identityId.startsWith('us-east-1:');
await signOut({ global: true });
seen.signedOut = await refusal(() => getCurrentUser());
seen.password = (await signIn({ username, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } })).isSignedIn;
console.log(JSON.stringify(seen));
