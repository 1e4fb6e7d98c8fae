// A question that has to be answered before anything else, in the browser's own dialog element.
import { element } from './dom.js';
import { t } from './i18n.js';

let count = 0;

/**
 * Asks and resolves to true for yes, false for no or Escape. Texts are shown as they are.
 * typed: what has to be typed before yes can be pressed; danger: yes destroys something.
 * signal: an AbortSignal that takes the question back, which counts as no.
 */
export function ask({ title, text, yes, no = t('dialog.cancel'), typed = null, danger = false, signal = null }) {
  const id = `dialog-${(count += 1)}`;
  const confirm = element('button', { class: `button ${danger ? 'danger' : 'primary'}`, value: 'yes' }, yes);
  const cancel = element('button', { class: 'button', value: 'no', formnovalidate: '' }, no);
  const dialog = element(
    'dialog',
    { class: 'dialog', 'aria-labelledby': id },
    element(
      'form',
      { method: 'dialog' },
      element('h2', { id }, title),
      element('p', {}, text),
      ...(typed === null ? [] : [typedField(typed, confirm)]),
      element('div', { class: 'buttons' }, confirm, cancel),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => dialog.close('no'));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}

function typedField(typed, confirm) {
  const input = element('input', { class: 'input', autocomplete: 'off', spellcheck: 'false' });
  confirm.disabled = true;
  input.addEventListener('input', () => { confirm.disabled = input.value.trim() !== typed; });
  return element('label', { class: 'field-label' }, t('dialog.type', { word: typed }), input);
}
