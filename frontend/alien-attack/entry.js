// From a stranger to somebody with a nickname: register, confirm, sign in, set a forgotten password.
import { signal } from '../vendor/signals.js';
import { ChallengeAsked } from '../lib/account.js';
import { CognitoError, confirmSignUp, forgotPassword, resendCode, setForgottenPassword, signUp } from '../lib/cognito.js';
import { clientId } from '../lib/config.js';
import { t } from '../lib/i18n.js';

const LEAST = 6; // characters of a password, as the lab's user pool has it

/** Which field an error of Cognito's is about; what is not here stands above the button. */
const FIELDS = {
  UsernameExistsException: 'nickname', UserNotFoundException: 'nickname',
  AliasExistsException: 'email', InvalidPasswordException: 'password', NotAuthorizedException: 'password',
  CodeMismatchException: 'code', ExpiredCodeException: 'code',
};
const KNOWN = new Set([...Object.keys(FIELDS), 'LimitExceededException', 'TooManyRequestsException', 'UserLambdaValidationException']);

/** A field that the page itself finds wrong. */
class Wrong extends Error {
  constructor(field, text) {
    super(text);
    this.field = field;
  }
}

/** go(screen): shows another form; entered(): somebody is signed in now. */
export class Entry {
  values = { nickname: '', email: '', website: '', password: '', again: '', code: '' }; // kept while forms come and go
  problem = signal(null); // {field or null, text}
  note = signal(''); // what went well, or why somebody has to sign in again
  busy = signal(false);

  constructor({ account, api, go, entered }) {
    Object.assign(this, { account, api, show: go, entered });
  }

  /** Another form, without what was said about the last one. */
  go(screen, note = '') {
    this.problem.value = null;
    this.note.value = note;
    this.show(screen);
  }

  register(values) {
    return this.#try(values, async (client, { nickname, password, email, website }) => {
      checkRegistration(this.values);
      const { UserConfirmed: confirmed } = await this.#cognito(signUp, client, nickname, password, { email, website });
      if (confirmed) await this.#enter(client);
      else this.go('confirm', t('confirm.sent', { email }));
    });
  }

  confirm(values) {
    return this.#try(values, async (client, { nickname, code, password }) => {
      await this.#cognito(confirmSignUp, client, nickname, code);
      if (password) await this.#enter(client);
      else this.go('signin', t('confirm.done'));
    });
  }

  resend() {
    return this.#try({}, async (client, { nickname }) => {
      await this.#cognito(resendCode, client, nickname);
      this.note.value = t('confirm.again');
    });
  }

  signIn(values) {
    return this.#try(values, (client) => this.#enter(client));
  }

  forgot(values) {
    return this.#try(values, async (client, { nickname }) => {
      await this.#cognito(forgotPassword, client, nickname);
      this.values = { ...this.values, password: '', code: '' };
      this.go('reset', t('reset.sent'));
    });
  }

  reset(values) {
    return this.#try(values, async (client, { nickname, code, password }) => {
      checkPassword(password);
      await this.#cognito(setForgottenPassword, client, nickname, code, password);
      await this.#enter(client);
    });
  }

  #cognito(operation, ...parts) {
    return operation(this.account.endpoint, ...parts);
  }

  async #enter(client) {
    const { nickname, password } = this.values;
    await this.account.signIn(client, nickname, password);
    Object.assign(this.values, { password: '', again: '', code: '' });
    this.note.value = '';
    this.entered();
  }

  async #try(values, work) {
    if (this.busy.value) return;
    Object.assign(this.values, trimmed(values));
    this.busy.value = true;
    this.problem.value = null;
    try {
      const client = await clientId(this.api); // asked each time: a stack that was reset has another one
      if (!client) throw new Wrong(null, t('signin.unconfigured'));
      await work(client, this.values);
    } catch (error) {
      if (error.name === 'UserNotConfirmedException') this.go('confirm', t('confirm.needed'));
      else this.problem.value = problem(error);
    } finally {
      this.busy.value = false;
    }
  }
}

function checkRegistration({ nickname, email, password, again }) {
  if (nickname.includes('@')) throw new Wrong('nickname', t('register.nickname.email'));
  if (/\s/.test(nickname)) throw new Wrong('nickname', t('register.nickname.space'));
  if (!/^\S+@\S+$/.test(email)) throw new Wrong('email', t('register.email.wrong'));
  checkPassword(password);
  if (password !== again) throw new Wrong('again', t('register.again.differs'));
}

function checkPassword(password) {
  if (password.length < LEAST) throw new Wrong('password', t('register.password.short', { count: LEAST }));
}

function problem(error) {
  if (error instanceof Wrong) return { field: error.field, text: error.message };
  if (error instanceof ChallengeAsked) return { field: null, text: t('signin.challenge', { name: error.message }) };
  if (!(error instanceof CognitoError)) return { field: null, text: t('signin.unreachable') };
  const text = KNOWN.has(error.name) ? t(`problem.${error.name}`) : error.message || error.name;
  // A policy's message says what is missing; ours could only say that something is.
  return { field: FIELDS[error.name] ?? null, text: error.name === 'InvalidPasswordException' ? error.message || text : text };
}

function trimmed(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, /password|again/.test(name) ? value : value.trim()]));
}
