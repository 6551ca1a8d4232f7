/** What an examination found. There is nothing that could be better without a cure. */

export type Finding =
  | { readonly about: string; readonly result: 'good' /** What was seen. */; readonly seen: string }
  | {
      readonly about: string;
      readonly result: 'warning' | 'bad';
      readonly seen: string;
      /** What to do about it. */
      readonly cure: string;
    };

export function good(about: string, seen: string): Finding {
  return { about, result: 'good', seen };
}

/** Some client, or some day, will stumble over it. */
export function warning(about: string, seen: string, cure: string): Finding {
  return { about, result: 'warning', seen, cure };
}

/** Clients stumble over it now, or users are not safe. */
export function bad(about: string, seen: string, cure: string): Finding {
  return { about, result: 'bad', seen, cure };
}
