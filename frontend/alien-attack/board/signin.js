// The sign-in form: a nickname, a password, and what went wrong in words next to them.
import { ChallengeAsked } from '../../lib/account.js';
import { CognitoError } from '../../lib/cognito.js';
import { clientId } from '../../lib/config.js';
import { t } from '../../lib/i18n.js';

/** Shows the form until someone has signed in, then calls done. reason: the key of a text that says why, if known. */
export function showSignIn(form, { account, api, reason, done }) {
  const button = form.querySelector('button');
  say(form, reason ? t(reason) : '');
  form.hidden = false;
  form.elements.username.focus();

  form.onsubmit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    button.textContent = t('signin.busy');
    try {
      await signIn(form, account, api);
      form.reset();
      form.hidden = true;
      done();
    } catch (error) {
      say(form, words(error));
    } finally {
      button.disabled = false;
      button.textContent = t('signin.submit');
    }
  };
}

async function signIn(form, account, api) {
  const client = await clientId(api); // asked each time: a stack that was reset has another one
  if (!client) throw new Unconfigured();
  await account.signIn(client, form.elements.username.value.trim(), form.elements.password.value);
}

class Unconfigured extends Error {}

function say(form, text) {
  form.querySelector('[role=alert]').textContent = text;
}

function words(error) {
  if (error instanceof CognitoError) return error.message || error.name;
  if (error instanceof ChallengeAsked) return t('signin.challenge', { name: error.message });
  return t(error instanceof Unconfigured ? 'signin.unconfigured' : 'signin.unreachable');
}
