/**
 * The answer is in the fragment of the address, which browsers keep to themselves; so it takes a script to read it. An app in the browser
 * would go on from here. This one sends the answer to its server, so that all flows can be shown alike.
 */
const answer = [...new URLSearchParams(location.hash.slice(1))];
if (answer.length > 0) hand(answer);
else location.replace('.'); // who comes back here by the browser's history finds the answer handed on already

/** @param {[string, string][]} answer */
function hand(answer) {
  const form = /** @type {HTMLFormElement} */ (document.forms[0]);
  for (const [name, value] of answer) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  history.replaceState(null, '', location.pathname); // the tokens must not stay in the history
  form.submit();
}
