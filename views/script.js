/*
 * What makes the screens of express-oauth-router nicer where JavaScript runs; nothing needs it.
 * A form with data-once is sent once, and shows that it is on its way. A button with data-reveals shows the password of that field.
 */
(() => {
  const status = document.querySelector('[data-busy]');
  let timer;

  for (const form of document.querySelectorAll('form[data-once]')) {
    form.addEventListener('submit', (event) => {
      if (form.hasAttribute('aria-busy')) return event.preventDefault();
      form.setAttribute('aria-busy', 'true');
      event.submitter?.classList.add('busy');
      if (status) status.textContent = status.dataset.busy;
      for (const field of form.querySelectorAll('[data-reveals]')) hide(field);
      timer = setTimeout(rest, 5000); // the answer may lead to an app, and this page stays
    });
  }

  // Who comes back, by the browser's history or from an app, may send it again.
  addEventListener('pageshow', rest);
  document.addEventListener('visibilitychange', () => document.hidden || rest());

  function rest() {
    clearTimeout(timer);
    for (const form of document.querySelectorAll('form[aria-busy]')) form.removeAttribute('aria-busy');
    for (const button of document.querySelectorAll('.busy')) button.classList.remove('busy');
    if (status) status.textContent = '';
  }

  for (const button of document.querySelectorAll('[data-reveals]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const field = fieldOf(button);
      const shown = field.type === 'text';
      field.type = shown ? 'password' : 'text';
      button.setAttribute('aria-pressed', String(!shown));
      field.focus();
    });
  }

  /** Before it is sent: browsers keep what is typed into fields of text. */
  function hide(button) {
    fieldOf(button).type = 'password';
    button.setAttribute('aria-pressed', 'false');
  }

  function fieldOf(button) {
    return document.getElementById(button.dataset.reveals);
  }
})();
