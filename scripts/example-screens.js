/**
 * Every screen in every state, with values as the server would give them: for pictures (`npm run screens`), and for the tests that hold all
 * screens against something. What the host or its users would have written stands here in two languages, one for each direction.
 */

/** @typedef {import('../lib/model/screens.js').Screen} Screen */
/** @typedef {import('../lib/model/screens.js').Ask} Ask */
/** @typedef {import('../lib/model/screens.js').ClientCard} ClientCard */
/** @typedef {import('../lib/model/screens.js').ConnectedAppCard} ConnectedAppCard */
/** @typedef {import('../lib/model/words.js').Moment} Moment */
/** @typedef {import('../lib/languages/language.js').ErrorKind} ErrorKind */
/** @typedef {import('../lib/model/brand.js').Brand} Brand */
/** @typedef {'en' | 'ar'} ExampleLanguage */

const people = {
  en: { user: 'alice@example.com', calendar: 'Calendar', mailbox: 'Mailbox', agent: 'Meeting Agent', phone: 'Contacts on the phone' },
  ar: { user: 'ليلى الأحمد', calendar: 'التقويم', mailbox: 'صندوق البريد', agent: 'وكيل الاجتماعات', phone: 'جهات الاتصال على الهاتف' },
};

/** @param {import('../lib/model/words.js').HostWords} words */
const own = (words) => ({ own: words });

const apis = {
  contacts: { identifier: 'https://api.example.com/contacts', name: own({ en: 'Contacts', ar: 'جهات الاتصال' }) },
  appointments: { identifier: 'https://api.example.com/appointments', name: own({ en: 'Appointments', ar: 'المواعيد' }) },
  notes: { identifier: 'https://api.example.com/notes', name: own({ en: 'Notes', ar: 'الملاحظات' }) },
};

/** @param {string} name @param {Pick<Ask, 'description' | 'icon'> & Partial<Ask>} more @returns {Ask} */
const ask = (name, more) => ({ scope: name, name, risky: false, optional: false, ticked: true, ...more });
/** @param {Ask} one @param {Partial<Ask>} [more] @returns {Ask} */
const optional = (one, more) => ({ ...one, ...more, optional: true });

const signIn = ask('openid', { description: { message: 'scope.openid' }, icon: 'person' });
const email = ask('email', { description: { message: 'scope.email' }, icon: 'email' });
const phone = ask('phone', { description: { message: 'scope.phone' }, icon: 'phone' });
const address = ask('address', { description: { message: 'scope.address' }, icon: 'place' });
const stay = ask('offline_access', { description: { message: 'scope.offline_access' }, icon: 'clock' });
const claim = ask('claim:birthdate', {
  description: { message: 'scope.claim', values: { claim: { message: 'claim.birthdate' } } },
  icon: 'person',
});
const readContacts = ask('read:contacts', {
  description: own({ en: 'See your contacts', ar: 'الاطلاع على جهات اتصالك' }),
  icon: 'read',
  api: apis.contacts,
});
const writeContacts = ask('write:contacts', {
  description: own({ en: 'Add and change contacts', ar: 'إضافة جهات الاتصال وتعديلها' }),
  icon: 'write',
  api: apis.contacts,
});
const deleteContacts = ask('delete:contacts', {
  description: own({ en: 'Delete contacts', ar: 'حذف جهات الاتصال' }),
  icon: 'delete',
  risky: true,
  api: apis.contacts,
});
const sendMessages = ask('send:messages', {
  description: own({ en: 'Send messages to your contacts in your name', ar: 'إرسال رسائل إلى جهات اتصالك باسمك' }),
  icon: 'send',
  risky: true,
  api: apis.contacts,
});
const readAppointments = ask('read:appointments', {
  description: own({
    en: 'See your appointments and those that others share with you',
    ar: 'الاطلاع على مواعيدك والمواعيد التي يشاركها الآخرون معك',
  }),
  icon: 'read',
  api: apis.appointments,
});
const makeAppointments = ask('make:appointments', {
  description: own({ en: 'Make appointments', ar: 'تحديد المواعيد' }),
  icon: 'write',
  api: apis.appointments,
});
const readNotes = ask('read:notes', {
  description: own({ en: 'See your notes', ar: 'الاطلاع على ملاحظاتك' }),
  icon: 'read',
  api: apis.notes,
});
const payInvoices = ask('pay', { description: own({ en: 'Pay invoices', ar: 'دفع الفواتير' }), icon: 'pay', risky: true });
const manageKeys = ask('keys', { description: own({ en: 'Manage your keys', ar: 'إدارة مفاتيحك' }), icon: 'key' });
const changeSettings = ask('settings', { description: own({ en: 'Change your settings', ar: 'تغيير إعداداتك' }), icon: 'settings' });

const long = 'The Extraordinarily Comprehensive International Appointment and Availability Coordination Suite (Enterprise)';
const unbroken = 'donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft@rechtsschutzversicherung.example';
const unbrokenHost = unbroken.replace('@', '.');
const longApi = { identifier: 'https://api.example.com/long', name: own(long) };
const unbrokenApi = { identifier: 'https://api.example.com/unbroken', name: own(unbroken) };

const logo =
  'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="%230f766e"/><path d="M8 12h16M8 18h16M12 7v4m8-4v4M8 9h16v15H8z" stroke="%23fff" stroke-width="2" fill="none"/></svg>';

const day = 86_400; // seconds
const noon = Date.UTC(2026, 4, 3, 12) / 1000;
/** @param {number} ago - in seconds @returns {Moment} */
const before = (ago) => ({ at: noon - ago, ago });

/** The code that each kind of error comes with most often. @type {Readonly<Record<ErrorKind, string>>} */
const errorKinds = {
  link: 'invalid_request',
  client: 'invalid_client',
  redirect: 'invalid_request',
  app: 'invalid_scope',
  start: 'invalid_request',
  damaged: 'invalid_request',
  tooOld: 'invalid_request',
  clientGone: 'invalid_client',
  clientChanged: 'invalid_request',
  busy: 'temporarily_unavailable',
  server: 'server_error',
};

/**
 * The states by name.
 *
 * @param {ExampleLanguage} language - what the names of people and apps are written in
 * @returns {Readonly<Record<string, Screen>>}
 */
export function exampleScreens(language) {
  const called = people[language];
  const form = { action: '/oauth/login', ticket: 'eyJhbGciOiJkaXIi' };
  const user = { name: called.user };
  const switchAccountUrl = '/oauth/login?ticket=eyJhbGciOiJkaXIi';
  /** @type {ClientCard} */
  const plain = { name: called.calendar };
  /** @type {ClientCard} */
  const calendar = {
    ...plain,
    verified: /** @type {const} */ (true),
    client_uri: 'https://calendar.example',
    policy_uri: 'https://calendar.example/privacy',
    tos_uri: 'https://calendar.example/terms',
  };
  /** @type {ClientCard} */
  const agent = { name: called.agent, unverified: true, host: 'agent.example', client_uri: 'https://agent.example' };
  const link = {
    href: 'https://calendar.example/',
    text: { message: /** @type {const} */ ('links.back'), values: { client: called.calendar } },
  };

  const consent = {
    action: '/oauth/consent',
    ticket: form.ticket,
    client: calendar,
    user,
    asked: [signIn, readContacts, writeContacts, stay],
    allowed: /** @type {Ask[]} */ ([]),
    destination: { name: 'calendar.example', app: false },
    loopback: false,
    switchAccountUrl,
  };
  /** @param {Partial<typeof consent & import('../lib/model/screens.js').Screens['consent']>} more @returns {Screen} */
  const asks = (more) => ({ name: 'consent', values: { ...consent, ...more } });

  const step = { action: '/oauth/step', ticket: form.ticket, client: plain, user };
  const code = {
    title: { message: /** @type {const} */ ('step.title') },
    text: own({
      en: 'Open your authenticator app and enter the six digits that it shows.',
      ar: 'افتح تطبيق المصادقة وأدخل الأرقام الستة التي يعرضها.',
    }),
    fields: [
      {
        name: 'code',
        label: own({ en: 'Code', ar: 'الرمز' }),
        type: /** @type {const} */ ('code'),
        autocomplete: 'one-time-code',
        required: true,
      },
    ],
    buttons: [
      { label: { message: /** @type {const} */ ('step.submit') } },
      { name: 'resend', label: own({ en: 'Send a code by email', ar: 'إرسال رمز بالبريد الإلكتروني' }) },
    ],
  };

  const access = { since: before(62 * day), lastUsed: before(300), signIns: 1 };
  /** @type {ConnectedAppCard} */
  const connected = {
    client_id: 'web',
    client: calendar,
    permissions: [signIn, readContacts, writeContacts],
    access,
    agreed: access.since,
  };
  const apps = {
    action: '/oauth/apps',
    user,
    apps: [connected],
    switchAccountUrl,
    signOutUrl: '/oauth/sign-out',
    passkeysUrl: '/oauth/passkeys',
  };
  /** @type {ConnectedAppCard[]} */
  const severalApps = [
    { ...connected, access: { since: before(60 * day), lastUsed: before(10), signIns: 3 } },
    {
      client_id: 'mailbox',
      client: { name: called.mailbox, logo, client_uri: 'https://mail.example' },
      permissions: [signIn, email, readContacts, writeContacts, deleteContacts, readNotes],
      access: { ...access, lastUsed: before(12 * day) },
      agreed: access.since,
    },
    { client_id: 'ours', client: { name: called.phone }, permissions: [readContacts], access },
    {
      client_id: 'old-agent-7',
      client: { name: 'old-agent-7', unverified: true },
      permissions: [writeContacts],
      agreed: before(122 * day),
    },
  ];

  const passkeyOptions = { challenge: 'Y2hhbGxlbmdl', rp: { id: 'localhost', name: 'Contacts' } };
  const creation = JSON.stringify({
    ...passkeyOptions,
    user: { id: 'YWxpY2U', name: called.user, displayName: called.user },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  });
  const passkeys = { action: '/oauth/passkeys', user, options: creation, challenge: 'eyJhbGciOiJkaXIi' };
  const somePasskeys = [
    { id: 'b25l', created: before(300), synced: true },
    { id: 'dHdv', created: before(62 * day), lastUsed: before(2 * day), synced: false },
  ];

  const error = { description: 'The parameter response_type is missing.', code: 'invalid_request' };

  return {
    login: { name: 'login', values: { ...form, client: plain, username: '' } },
    'login-known': { name: 'login', values: { ...form, client: plain, username: 'alice' } },
    'login-notice': { name: 'login', values: { ...form, client: plain, username: 'alice', notice: { message: 'login.wrong' } } },
    'login-links': {
      name: 'login',
      values: {
        ...form,
        client: plain,
        username: '',
        forgotPasswordUrl: 'https://contacts.example/forgot',
        createAccountUrl: 'https://contacts.example/register',
      },
    },
    'login-passkey': {
      name: 'login',
      values: {
        ...form,
        client: plain,
        username: '',
        forgotPasswordUrl: 'https://contacts.example/forgot',
        createAccountUrl: 'https://contacts.example/register',
        passkey: { options: JSON.stringify({ challenge: 'Y2hhbGxlbmdl', rpId: 'localhost' }), challenge: 'eyJhbGciOiJkaXIi' },
      },
    },
    'login-for-apps': { name: 'login', values: { ...form, page: 'apps', username: '' } },
    'login-for-passkeys': { name: 'login', values: { ...form, page: 'passkeys', username: '' } },
    'login-long': {
      name: 'login',
      values: { ...form, client: { name: unbroken }, username: unbroken, notice: { message: 'login.tooMany' } },
    },

    consent: asks({}),
    'consent-optional': asks({
      asked: [signIn, email, readContacts, optional(writeContacts), optional(sendMessages), optional(deleteContacts, { ticked: false })],
    }),
    'consent-later': asks({ client: plain, asked: [optional(deleteContacts)], allowed: [signIn, readContacts, optional(writeContacts)] }),
    'consent-two-apis': asks({
      asked: [signIn, readContacts, optional(writeContacts), optional(readAppointments), optional(makeAppointments)],
      allowed: [email, readNotes],
    }),
    'consent-every-picture': asks({
      asked: [
        signIn,
        email,
        phone,
        address,
        claim,
        payInvoices,
        manageKeys,
        changeSettings,
        readContacts,
        writeContacts,
        deleteContacts,
        sendMessages,
        stay,
      ],
    }),
    'consent-unverified': asks({ client: agent, destination: { name: 'agent.example', app: false } }),
    'consent-unverified-loopback': asks({
      client: agent,
      asked: [readContacts, deleteContacts],
      destination: { name: 'localhost:53682', app: false },
      loopback: true,
    }),
    'consent-registered': asks({ client: { name: called.agent, unverified: true }, destination: { name: 'agent.example', app: false } }),
    'consent-loopback': asks({
      client: { name: 'Contacts CLI' },
      asked: [deleteContacts],
      allowed: [signIn, readContacts],
      destination: { name: '127.0.0.1:53682', app: false },
      loopback: true,
    }),
    'consent-app': asks({ client: { name: called.phone }, destination: { name: 'com.example.contacts', app: true } }),
    'consent-nothing': asks({ client: plain, asked: [] }),
    'consent-nothing-new': asks({ client: plain, asked: [], allowed: consent.asked }),
    'consent-notice': asks({ notice: { message: 'consent.accountChanged' } }),
    'consent-logo': asks({ client: { ...calendar, logo } }),
    'consent-long': asks({
      client: { ...calendar, name: long },
      user: { name: unbroken },
      asked: [
        ask('long', { description: own(`See ${long}`), icon: 'read', api: longApi }),
        optional(
          ask('longer', { description: own(`See, change and delete ${long.repeat(2)}`), icon: 'delete', risky: true, api: longApi }),
        ),
        optional(ask('unbroken', { description: own(unbroken), icon: 'check', api: unbrokenApi })),
      ],
      allowed: [ask('before', { description: own(long), icon: 'check', api: unbrokenApi })],
      destination: { name: unbrokenHost, app: false },
    }),
    'consent-unverified-long': asks({
      client: { name: long.slice(0, 100), unverified: true, host: unbrokenHost },
      destination: { name: unbrokenHost, app: false },
      loopback: true,
    }),

    accounts: { name: 'accounts', values: { action: '/oauth/accounts', ticket: form.ticket, client: plain, user, switchAccountUrl } },
    'accounts-notice': {
      name: 'accounts',
      values: { action: '/oauth/accounts', ticket: form.ticket, client: plain, user, switchAccountUrl, notice: { message: 'form.again' } },
    },
    'accounts-long': {
      name: 'accounts',
      values: { action: '/oauth/accounts', ticket: form.ticket, client: { name: long }, user: { name: unbroken }, switchAccountUrl },
    },

    step: { name: 'step', values: { ...step, ...code } },
    'step-done': {
      name: 'step',
      values: { ...step, ...code, done: own({ en: 'A new code is on its way.', ar: 'الرمز الجديد في طريقه إليك.' }) },
    },
    'step-notice': { name: 'step', values: { ...step, ...code, notice: { message: 'step.wrong' } } },
    'step-terms': {
      name: 'step',
      values: {
        ...step,
        title: own({ en: 'Our terms have changed', ar: 'تغيّرت شروطنا' }),
        text: own({
          en: 'From 1 June on you can share contacts with a group.',
          ar: 'ابتداءً من 1 يونيو يمكنك مشاركة جهات الاتصال مع مجموعة.',
        }),
        fields: [
          {
            name: 'terms',
            label: own({ en: 'I have read the terms and agree to them', ar: 'قرأت الشروط وأوافق عليها' }),
            type: 'checkbox',
            required: true,
          },
        ],
        buttons: [{ label: { message: 'step.submit' } }],
      },
    },
    'step-fields': {
      name: 'step',
      values: {
        ...step,
        title: own({ en: 'A few details about you', ar: 'بعض المعلومات عنك' }),
        fields: [
          {
            name: 'name',
            label: own({ en: 'Full name', ar: 'الاسم الكامل' }),
            type: 'text',
            autocomplete: 'name',
            value: called.user,
            required: true,
          },
          {
            name: 'email',
            label: own({ en: 'Email address', ar: 'عنوان البريد الإلكتروني' }),
            type: 'email',
            autocomplete: 'email',
            required: true,
          },
          {
            name: 'new',
            label: own({ en: 'New password', ar: 'كلمة مرور جديدة' }),
            type: 'password',
            autocomplete: 'new-password',
            required: true,
          },
          { name: 'news', label: own({ en: 'Send me news', ar: 'أرسلوا إليّ الأخبار' }), type: 'checkbox', required: false },
        ],
        buttons: [{ label: { message: 'step.submit' } }],
        notice: { message: 'step.wrong' },
        wrong: 'email',
      },
    },

    'passkey-offer': { name: 'passkey-offer', values: { ...form, user, options: creation, challenge: form.ticket } },
    'passkey-offer-notice': {
      name: 'passkey-offer',
      values: { ...form, user, options: creation, challenge: form.ticket, notice: { message: 'passkeyOffer.failed' } },
    },
    passkeys: { name: 'passkeys', values: { ...passkeys, passkeys: somePasskeys } },
    'passkeys-none': { name: 'passkeys', values: { ...passkeys, passkeys: [] } },
    'passkeys-done': {
      name: 'passkeys',
      values: { ...passkeys, passkeys: somePasskeys.slice(1), done: { message: 'passkeys.removed' } },
    },
    'passkeys-notice': { name: 'passkeys', values: { ...passkeys, passkeys: somePasskeys, notice: { message: 'form.again' } } },

    apps: { name: 'apps', values: { ...apps, apps: severalApps } },
    'apps-none': { name: 'apps', values: { ...apps, apps: [] } },
    'apps-removed': { name: 'apps', values: { ...apps, removed: called.mailbox } },
    'apps-notice': { name: 'apps', values: { ...apps, notice: { message: 'form.again' } } },
    'apps-many': {
      name: 'apps',
      values: {
        ...apps,
        apps: Array.from({ length: 12 }, (_, i) => ({
          ...connected,
          client_id: `app-${i}`,
          client: { name: `${called.calendar} ${i + 1}` },
          permissions: [signIn, email, phone, address, readContacts, writeContacts, deleteContacts].slice(i % 5),
        })),
      },
    },
    'apps-long': {
      name: 'apps',
      values: {
        ...apps,
        user: { name: unbroken },
        removed: unbroken,
        apps: [
          {
            ...connected,
            client: { ...calendar, name: long },
            permissions: [
              ask('long', { description: own(`See, change and delete ${long.repeat(2)}`), icon: 'delete', risky: true }),
              ask('unbroken', { description: own(unbroken), icon: 'check' }),
            ],
          },
          { ...connected, client_id: 'unbroken', client: { name: unbroken } },
        ],
      },
    },

    'sign-out': { name: 'sign-out', values: { action: '/oauth/sign-out', user } },
    'sign-out-notice': { name: 'sign-out', values: { action: '/oauth/sign-out', user, notice: { message: 'form.again' } } },
    'signed-out': { name: 'signed-out', values: {} },
    'form-post': { name: 'form-post', values: { action: '/oauth/callback', fields: [{ name: 'code', value: 'x' }] } },
    expired: { name: 'expired', values: { client: plain, link } },

    ...Object.fromEntries(
      Object.entries(errorKinds).map(([kind, code]) => [
        `error-${kind}`,
        {
          name: /** @type {const} */ ('error'),
          values: { ...error, kind: /** @type {ErrorKind} */ (kind), code, ...(kind === 'app' && { link }) },
        },
      ]),
    ),
    'error-developer': {
      name: 'error',
      values: {
        ...error,
        kind: 'redirect',
        description: 'The redirect_uri is not one that this client has registered. They are compared character by character.',
        developer: {
          what: 'redirect_uri',
          asked: 'http://calendar.example:8080/callback/',
          fitting: ['https://calendar.example/callback', 'https://calendar.example/silent', 'com.example.calendar:/callback'],
          source: 'registered',
          nearest: 'https://calendar.example/callback',
          difference: 'the scheme, the port, the slash at the end of the path',
        },
      },
    },
    'error-developer-long': {
      name: 'error',
      values: {
        kind: 'client',
        code: 'invalid_client',
        description: 'No client is registered under this client_id.',
        link,
        developer: {
          detail: long,
          what: 'client_id',
          asked: `${unbroken}…`,
          fitting: Array.from({ length: 14 }, (_, i) => `${unbroken}-${i}`),
          source: 'known',
          nearest: unbroken,
        },
      },
    },
  };
}

/**
 * Hosts of different looks: a colour in the middle, and the two at the ends, on which the text has to be dark, or the page must not be.
 *
 * @type {Readonly<Record<'indigo' | 'yellow' | 'black', Readonly<Record<ExampleLanguage, Brand>>>>}
 */
export const exampleBrands = {
  indigo: inBoth({ color: '#4f46e5' }),
  yellow: inBoth({
    color: '#ffd400',
    logo: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="%23ffd400"/><path d="M8 20a8 8 0 0 1 16 0" stroke="%23000" stroke-width="3" fill="none"/></svg>',
  }),
  black: inBoth({ color: '#000000' }),
};

/** @param {Pick<Brand, 'color' | 'logo'>} look @returns {Readonly<Record<ExampleLanguage, Brand>>} */
function inBoth(look) {
  const links = [
    { text: { en: 'Imprint', ar: 'من نحن' }, href: 'https://contacts.example/imprint' },
    { text: { en: 'Help', ar: 'المساعدة' }, href: 'https://contacts.example/help' },
  ];
  const brand = { ...look, url: 'https://contacts.example/', links };
  return { en: { ...brand, name: 'Contacts' }, ar: { ...brand, name: 'جهات الاتصال' } };
}
