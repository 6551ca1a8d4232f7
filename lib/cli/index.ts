#!/usr/bin/env node
/** `npx express-oauth-router …`: looks after clients and keys, examines a server that runs, and copies the screens. */
import { parseArgs } from 'node:util';
import { ConfigurationError, StoreUnavailable } from '../errors.js';
import { nearest } from '../nearest.js';
import { clientCreate, clientList, clientRemove, clientShow } from './client.js';
import { type Arguments, type Command, Failure, Mistake } from './command.js';
import { doctor } from './doctor.js';
import { keyRotate } from './key.js';
import { views } from './views.js';

const commands: readonly Command[] = [clientCreate, clientList, clientShow, clientRemove, keyRotate, doctor, views];

interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** How its value is written in the usage. */
  readonly value?: string;
  readonly about: string;
}

const options = {
  name: { type: 'string', value: '<name>', about: 'what the screens call the client' },
  'redirect-uri': { type: 'string', multiple: true, value: '<uri>', about: 'where answers may go; may be repeated' },
  public: { type: 'boolean', about: 'a client that cannot keep a secret: a mobile or single-page app' },
  'first-party': { type: 'boolean', about: 'your own client: its users are not asked for consent' },
  grant: { type: 'string', multiple: true, value: '<grant_type>', about: 'default: authorization_code and refresh_token; may be repeated' },
  scope: { type: 'string', value: '<scopes>', about: 'all that it may ask for, with spaces between' },
  metadata: { type: 'string', value: '<file.json>', about: 'all else, in the words of RFC 7591: token_endpoint_auth_method, jwks, …' },
  resource: { type: 'string', value: '<url>', about: 'an API of that server, to examine as well' },
  config: { type: 'string', value: '<file>', about: 'the module that exports the options of oauthRouter; default: oauth.config.js' },
  json: { type: 'boolean', about: 'writes JSON, for programs' },
  list: { type: 'boolean', about: 'only says which templates there are' },
  diff: { type: 'boolean', about: 'only says which templates in the folder differ from ours' },
  force: { type: 'boolean', about: 'overwrites what differs' },
} as const satisfies Record<keyof Arguments['values'], Option>;

const optionNames = Object.keys(options) as (keyof typeof options)[];

function usage(): string {
  const listed = commands.map(({ name, takes, takesMore, options, about }) => {
    const parts = [name, takes, takesMore && `${takesMore}…`, ...options.map((option) => `[${spell(option)}]`)].filter(
      (part) => part !== undefined,
    );
    return `  ${parts.join(' ')}\n      ${about}`;
  });
  const explained = optionNames.map((name) => `  ${spell(name).padEnd(24)} ${options[name].about}`);
  return `Usage: express-oauth-router <command>\n\n${listed.join('\n')}\n\n${explained.join('\n')}\n\nExit codes: 0 good, 1 failed or found bad, 2 wrong usage\n`;
}

function spell(name: keyof typeof options): string {
  const { value }: Option = options[name];
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  if (values.help) {
    process.stdout.write(usage());
    return 0;
  }
  const command = choose(positionals);
  const { help: _, ...given } = values;
  for (const name of Object.keys(given) as (keyof typeof given)[]) {
    if (!command.options.includes(name)) throw new Mistake(`--${name} is not for \`${command.name}\`. Leave it out.`);
  }
  const behind = positionals.slice(command.name.split(' ').length);
  const [subject = '', ...more] = command.takes === undefined ? ['', ...behind] : behind;
  const [extra] = command.takesMore === undefined ? more : [];
  if (extra !== undefined) throw new Mistake(`\`${command.name}\` does not take ${extra}. Put texts with spaces in quotes.`);
  if (command.takes?.startsWith('<') && subject === '') throw new Mistake(`Write \`${command.name} ${command.takes}\`.`);
  return command.run({ values: given, subject, more });
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { ...options, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, written] = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? (/'(-[^' ]*)/.exec(message) ?? []) : [];
    if (written === undefined) throw new Mistake(message);
    throw new Mistake(
      `There is no option ${written}. ${didYouMean(
        written,
        [...optionNames, 'help'].map((name) => `--${name}`),
      )}`,
    );
  }
}

function choose(positionals: readonly string[]): Command {
  const command = commands.find(({ name }) => name.split(' ').every((word, i) => word === positionals[i]));
  if (command) return command;
  const written = positionals.slice(0, 2).join(' ');
  if (written === '') throw new Mistake(`There is no command.\n\n${usage()}`);
  const names = commands.map(({ name }) => name);
  // `doctor` has its issuer behind it, and `views` its folder.
  const guess = nearest(written, names) ?? nearest(positionals[0] ?? '', names);
  throw new Mistake(`There is no command ${written}. ${guess === undefined ? known(names) : `Did you mean \`${guess}\`?`}`);
}

function didYouMean(written: string, names: readonly string[]): string {
  const guess = nearest(written, names);
  return guess === undefined ? known(names) : `Did you mean ${guess}?`;
}

function known(names: readonly string[]): string {
  return `Known are: ${names.join(', ')}.`;
}

/** In one sentence, where somebody can mend it; with its stack, where it is our mistake. */
function explain(error: unknown): 1 | 2 {
  if (error instanceof Mistake || error instanceof ConfigurationError) {
    console.error(error.message);
    return 2;
  }
  if (error instanceof Failure) console.error(error.message);
  else if (error instanceof StoreUnavailable) console.error(`${error.message} Is it running, and do the options name the right one?`);
  else console.error(error);
  return 1;
}

/** The host's module may have opened connections of its own, which would keep the process. */
function end(code: number): void {
  process.stdout.write('', () => process.exit(code));
}

for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error) => end(explain(error)));
run(process.argv.slice(2)).then(end, (error) => end(explain(error)));
