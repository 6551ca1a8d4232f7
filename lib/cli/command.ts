/** What the commands share: what was typed, how they answer, and how they end. */

export interface Arguments {
  readonly values: {
    readonly config?: string | undefined;
    readonly json?: boolean | undefined;
    readonly name?: string | undefined;
    readonly 'redirect-uri'?: readonly string[] | undefined;
    readonly public?: boolean | undefined;
    readonly 'first-party'?: boolean | undefined;
    readonly grant?: readonly string[] | undefined;
    readonly scope?: string | undefined;
    readonly metadata?: string | undefined;
    readonly resource?: string | undefined;
    readonly list?: boolean | undefined;
    readonly diff?: boolean | undefined;
    readonly force?: boolean | undefined;
  };
  /** What stands behind the command, where it takes something. */
  readonly subject: string;
  /** What stands behind that, where the command takes several. */
  readonly more: readonly string[];
}

/** One row of the table in `index.ts`. */
export interface Command {
  readonly name: string;
  /** What has to stand behind it: `<client_id>`; in brackets what may be left out: `[folder]`. */
  readonly takes?: string;
  /** What may stand behind that, once or more often: `[template]`. */
  readonly takesMore?: string;
  readonly options: readonly (keyof Arguments['values'])[];
  readonly about: string;
  /** @returns the exit code: 0, or 1 if what was looked for is bad */
  run(given: Arguments): Promise<number>;
}

/** Something that whoever typed the command can mend; exit code 2. */
export class Mistake extends Error {}

/** It was typed well, and cannot be done; exit code 1. */
export class Failure extends Error {}

/** The answer: alone on stdout, so that programs can read it. */
export function write(value: unknown, text: string, { values }: Arguments): void {
  process.stdout.write(values.json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

/** For the terminal, which obeys some characters: those who register choose their names themselves. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
