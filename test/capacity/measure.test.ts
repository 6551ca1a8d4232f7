/** What docs/capacity.md promises of what things cost, whatever the figures are. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Measurement, measure } from './measure.js';

describe('in a real Redis', () => {
  let measurement: Measurement;
  const costOf = (begin: string) => {
    const [cost, ...others] = measurement.costs.filter(({ what }) => what.startsWith(begin));
    if (!cost || others.length > 0) throw new Error(`Not exactly one line begins with ${begin}.`);
    return cost;
  };

  beforeAll(async () => {
    measurement = await measure(500);
  }, 180_000);

  it('twenty refreshes cost what none costs', () => {
    expect(costOf('The same after 20 refreshes').each - costOf('Authorization, with a refresh chain').each).toBeLessThan(100);
  });

  it('a public client that registers costs nothing', () => {
    expect(costOf('Registration of a public client')).toMatchObject({ keys: [], each: 0, among: 0 });
  });

  it('a signed-in user with one app costs less than three kilobytes', () => {
    const sum = ['Session', 'Consent', 'Authorization, with a refresh chain'].reduce((bytes, what) => bytes + costOf(what).among, 0);
    expect(sum).toBeGreaterThan(500);
    expect(sum).toBeLessThan(3_000);
  });

  it('everything is measured by the keys that hold it', () => {
    const kinds = new Set(measurement.costs.flatMap(({ keys }) => keys));
    const values = ['authorization', 'client', 'consent', 'ended', 'parked', 'passkey', 'session', 'sign-in', 'signing-keys'];
    const limits = ['login', 'loginAddress'];
    const links = ['authorizations', 'consents', 'ended', 'passkeys', 'registrations'];
    const all = { limit: limits, links, value: values };
    expect([...kinds].sort()).toEqual(Object.entries(all).flatMap(([space, names]) => names.map((name) => `${space} ${name}`)));
  });
});
