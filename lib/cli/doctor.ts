/** `doctor <issuer>`: examines a running server as clients will, and says what they would stumble over. */
import { type Command, Mistake, printable, write } from './command.js';
import { examine } from './doctor/examine.js';
import type { Finding } from './doctor/finding.js';

const marks = { good: 'ok  ', warning: 'warn', bad: 'BAD ' };

export const doctor: Command = {
  name: 'doctor',
  takes: '<issuer>',
  options: ['resource', 'json'],
  about: 'examines a running server as clients will, and says what they would stumble over',

  async run(given) {
    const { subject: issuer } = given;
    const { resource } = given.values;
    for (const url of [issuer, resource]) {
      if (url !== undefined && !/^https?:\/\/./.test(url))
        throw new Mistake(`${url} is not a URL. Write it in full: https://app.example.com`);
      if (url !== undefined && !URL.canParse(url))
        throw new Mistake(`${url} cannot be read as a URL. Write it in full: https://app.example.com`);
    }
    const findings = await examine(issuer, resource);
    write(findings, findings.map(describe).join('\n'), given);
    return findings.some(({ result }) => result === 'bad') ? 1 : 0;
  },
};

/** What was seen is what anybody's server said. */
function describe(finding: Finding): string {
  const seen = `${marks[finding.result]}  ${finding.about}: ${finding.seen}`;
  return printable(seen) + ('cure' in finding ? `\n      ${printable(finding.cure)}` : '');
}
