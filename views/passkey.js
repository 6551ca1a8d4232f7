/*
 * Passkeys on the screens of express-oauth-router. WebAuthn Level 3 sections 5.1.3 to 5.1.8.
 * A button with data-passkey="get" signs in, one with data-passkey="create" makes a passkey; data-options has what the browser is asked, as
 * JSON. The answer goes into the field `passkey` of the form, which is then sent like any other. Where there are no passkeys, or no
 * JavaScript, these buttons stay hidden. The field `can` says `passkey` where one can be made: without it none is offered.
 */
(() => {
  const answers = document.querySelectorAll('input[name="passkey"]');
  const forget = () => {
    for (const field of answers) field.value = '';
  };
  forget(); // some browsers fill in what was there before
  addEventListener('pageshow', forget);

  if (!globalThis.PublicKeyCredential || !navigator.credentials) return;
  for (const { dataset } of document.querySelectorAll('[data-passkey-forgotten]')) forgetPasskey(dataset.passkeyForgotten);
  for (const element of document.querySelectorAll('[data-passkey]')) element.hidden = false;
  for (const element of document.querySelectorAll('[data-without-passkey]')) element.hidden = true;
  for (const button of document.querySelectorAll('[data-passkey="get"]')) signIn(button);
  for (const button of document.querySelectorAll('[data-passkey="create"]')) create(button);
  for (const field of document.querySelectorAll('input[name="can"]')) tellIn(field);

  /** By the button, or by what the browser offers in the field for the user name; of the two, one at a time. */
  function signIn(button) {
    const publicKey = requestOptions(JSON.parse(button.dataset.options));
    let offered = offer();

    button.addEventListener('click', async () => {
      offered.abort();
      try {
        send(button.form, await navigator.credentials.get({ publicKey }));
      } catch {
        offered = offer(); // the user gave up, or has none: the page is as it was
      }
    });

    function offer() {
      const controller = new AbortController();
      const { signal } = controller;
      const ask = async () => {
        if (!(await PublicKeyCredential.isConditionalMediationAvailable?.()) || signal.aborted) return;
        send(button.form, await navigator.credentials.get({ mediation: 'conditional', publicKey, signal }));
      };
      ask().catch(() => {}); // nobody has asked for it, so nobody is told
      return controller;
    }
  }

  /** On this device, or on a phone nearby. No browser tells of keys on a USB port: who has one finds the page of passkeys. */
  async function tellIn(field) {
    const here = PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.();
    const able = PublicKeyCredential.getClientCapabilities?.();
    if ((await here?.catch(() => false)) || (await able?.catch(() => ({})))?.hybridTransport) field.value = 'passkey';
  }

  function create(button) {
    const publicKey = creationOptions(JSON.parse(button.dataset.options));
    const failed = button.form.querySelector('[data-failed]');
    const already = button.form.querySelector('[data-already]') ?? failed;
    let asking = false;

    button.addEventListener('click', async () => {
      if (asking) return;
      asking = true;
      for (const words of [failed, already]) if (words) words.hidden = true;
      try {
        send(button.form, await navigator.credentials.create({ publicKey }));
      } catch (error) {
        const words = error.name === 'InvalidStateError' ? already : failed; // it has one of those that were to be left out
        if (words) words.hidden = false;
      }
      asking = false;
    });
  }

  /** Else browsers would go on to offer what signs nobody in any more. WebAuthn section 5.1.10.1. */
  function forgetPasskey(options) {
    PublicKeyCredential.signalUnknownCredential?.(JSON.parse(options)).catch(() => {});
  }

  /** The other fields may be empty then. */
  function send(form, credential) {
    if (!credential) throw new Error('There is no passkey.');
    form.elements.namedItem('passkey').value = JSON.stringify(asJson(credential));
    form.noValidate = true;
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  }

  // What follows is for browsers, and extensions that stand in for them, without the JSON of WebAuthn Level 3.

  function requestOptions(options) {
    if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return { ...options, challenge: bytes(options.challenge), allowCredentials: options.allowCredentials.map(withBytes) };
  }

  function creationOptions(options) {
    if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const { challenge, user, excludeCredentials } = options;
    return { ...options, challenge: bytes(challenge), user: withBytes(user), excludeCredentials: excludeCredentials.map(withBytes) };
  }

  function withBytes(named) {
    return { ...named, id: bytes(named.id) };
  }

  function asJson(credential) {
    try {
      return credential.toJSON();
    } catch {
      const { id, type, rawId, response } = credential;
      const named = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
      const members = named.flatMap((name) => (response[name] ? [[name, text(response[name])]] : []));
      const transports = response.getTransports?.();
      return { id, type, rawId: text(rawId), response: { ...Object.fromEntries(members), ...(transports && { transports }) } };
    }
  }

  function bytes(base64url) {
    const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  }

  function text(buffer) {
    const binary = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  }
})();
