// The forms before the lobby. What is wrong stands beside the field that it is about.
import { html } from '../../vendor/htm-preact.js';
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { t } from '../../lib/i18n.js';
import { Icon } from './icons.js';

const FIELDS = {
  nickname: { autocomplete: 'username', autocapitalize: 'none', spellcheck: false, maxlength: 128 },
  email: { type: 'email', autocomplete: 'email' },
  website: { autocomplete: 'organization' },
  password: { type: 'password', autocomplete: 'current-password' },
  newpassword: { type: 'password', autocomplete: 'new-password' },
  again: { type: 'password', autocomplete: 'new-password' },
  code: { autocomplete: 'one-time-code', inputmode: 'numeric' },
};

export function Register({ entry }) {
  const fields = ['nickname', 'email', ['password', 'newpassword'], 'again', 'website'];
  return html`<${Form} entry=${entry} name="register" fields=${fields} send=${(values) => entry.register(values)} hints=${['nickname', 'email', 'password']}>
    <p class="other">${t('register.have')} <${Other} entry=${entry} to="signin" /></p>
  <//>`;
}

export function SignIn({ entry }) {
  return html`<${Form} entry=${entry} name="signin" fields=${['nickname', 'password']} send=${(values) => entry.signIn(values)}>
    <p class="other"><${Other} entry=${entry} to="forgot" /></p>
    <p class="other">${t('signin.new')} <${Other} entry=${entry} to="register" /></p>
  <//>`;
}

export function Confirm({ entry, inbox }) {
  return html`<${Form} entry=${entry} name="confirm" fields=${['code']} send=${(values) => entry.confirm(values)}>
    <${Inbox} address=${inbox} email=${entry.values.email} />
    <p class="other">${t('confirm.nothing')} <button class="link" type="button" onClick=${() => entry.resend()}>${t('confirm.resend')}</button></p>
  <//>`;
}

export function Forgot({ entry }) {
  return html`<${Form} entry=${entry} name="forgot" fields=${['nickname']} send=${(values) => entry.forgot(values)}>
    <p class="other"><${Other} entry=${entry} to="signin" /></p>
  <//>`;
}

export function Reset({ entry, inbox }) {
  return html`<${Form} entry=${entry} name="reset" fields=${['code', ['password', 'newpassword']]} send=${(values) => entry.reset(values)}>
    <${Inbox} address=${inbox} email=${entry.values.email} />
  <//>`;
}

/** Where the codes arrive that nobody sends by e-mail: only a local stack says so in its config. */
function Inbox({ address, email }) {
  if (!address) return null;
  const inbox = new URL(address, document.baseURI);
  if (email) inbox.searchParams.set('to', email);
  return html`<p class="inbox"><${Icon} name="mail" /><span>${t('confirm.local')} <a href=${inbox.href} target="_blank" rel="noopener">${t('confirm.inbox')}</a></span></p>`;
}

function Other({ entry, to }) {
  return html`<button class="link" type="button" onClick=${() => entry.go(to)}>${t(`form.${to}.go`)}</button>`;
}

function Form({ entry, name, fields, send, hints = [], children }) {
  const form = useRef(null);
  const problem = entry.problem.value;
  // Before anything is painted: a focus that comes later takes the first letters away from who is already typing.
  useLayoutEffect(() => {
    const empty = [...form.current.querySelectorAll('input')].find((input) => !input.value);
    (empty ?? form.current.querySelector('input')).focus();
  }, []);
  useLayoutEffect(() => { if (problem?.field) form.current.elements[problem.field]?.focus(); }, [problem]);
  const submit = (event) => {
    event.preventDefault();
    send(Object.fromEntries(new FormData(form.current)));
  };
  return html`
    <form class="card entry" ref=${form} onSubmit=${submit} novalidate=${false}>
      <h1>${t(`form.${name}.title`)}</h1>
      <p class="muted" role="status">${entry.note.value || t(`form.${name}.hint`)}</p>
      ${fields.map((field) => {
        const [key, kind] = Array.isArray(field) ? field : [field, field];
        return html`<${Field} key=${key} name=${key} kind=${kind} entry=${entry} hint=${hints.includes(key) ? t(`register.${key}.hint`) : null} />`;
      })}
      <p class="problem" role="alert">${problem && !problem.field ? problem.text : ''}</p>
      <button class="button primary big" disabled=${entry.busy.value}>${t(entry.busy.value ? 'entry.busy' : `form.${name}.submit`)}</button>
      ${children}
      <p class="other"><button class="link" type="button" onClick=${() => entry.go('title')}>${t('entry.back')}</button></p>
    </form>
  `;
}

function Field({ name, kind, entry, hint }) {
  const problem = entry.problem.value?.field === name ? entry.problem.value.text : '';
  const about = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean).join(' ') || null;
  return html`
    <div class=${problem ? 'field wrong' : 'field'}>
      <label class="field-label" for=${name}>${t(`field.${kind}`)}</label>
      <input class="input" id=${name} name=${name} required defaultValue=${entry.values[name]} ...${FIELDS[kind]}
        aria-invalid=${problem ? 'true' : null} aria-describedby=${about} onInput=${(event) => { entry.values[name] = event.target.value; }} />
      ${hint ? html`<p class="muted small" id=${`${name}-hint`}>${hint}</p>` : null}
      ${problem ? html`<p class="problem" id=${`${name}-problem`} role="alert">${problem}</p>` : null}
    </div>
  `;
}
