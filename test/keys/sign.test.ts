/** Signatures by node:crypto, held against jose. RFC 7515, RFC 7518 section 3, RFC 8037. */
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { compactVerify, type JWK, type JWTPayload, SignJWT } from 'jose';
import { signingAlgorithms } from '../../lib/keys/algorithms.js';
import { signCompact, withoutDer } from '../../lib/keys/sign.js';
import { readSigningKey, type SigningKey, signWith } from '../../lib/keys/signing-keys.js';
import fc from '../support/fast-check.js';

const keys = new Map<string, SigningKey>();
for (const { alg, generate } of signingAlgorithms) keys.set(alg, await readSigningKey({ ...((await generate()) as JWK), alg }));
const keyFor = (alg: string) => keys.get(alg) as SigningKey;
const algorithms = [...keys.keys()];
const es256 = keyFor('ES256');

function partsOf(jws: string): [header: string, payload: string, signature: string] {
  return jws.split('.') as [string, string, string];
}

describe.each(algorithms)('a JWT by %s', (alg) => {
  const key = keyFor(alg);
  const byJose = (claims: JWTPayload, typ?: string) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid: key.kid, ...(typ && { typ }) }).sign(key.privateKey);

  it.each(['at+jwt', undefined])('has the header and the payload that jose writes, with typ %s', async (typ) => {
    const claims = { iss: 'https://a.example.com', aud: ['b', 'c'], sub: 'alïce 😀', iat: 1, exp: 2, address: { locality: '"\\\u2028' } };
    const [header, payload] = partsOf(await signWith(key, claims, typ));
    expect([header, payload]).toEqual(partsOf(await byJose(claims, typ)).slice(0, 2));
  });

  it('is accepted by jose whatever it says, and says it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (claims) => {
        const { payload, protectedHeader } = await compactVerify(await signWith(key, claims, 'at+jwt'), key.publicKey, {
          algorithms: [alg],
        });
        expect(JSON.parse(Buffer.from(payload).toString())).toEqual(JSON.parse(JSON.stringify(claims)));
        expect(protectedHeader).toEqual({ alg, kid: key.kid, typ: 'at+jwt' });
      }),
      { numRuns: 30 },
    );
  });

  it('is not accepted with another payload, nor with the key of another', async () => {
    const [header, , signature] = partsOf(await signWith(key, { sub: 'alice' }, undefined));
    const [, payload] = partsOf(await signWith(key, { sub: 'mallory' }, undefined));
    await expect(compactVerify(`${header}.${payload}.${signature}`, key.publicKey)).rejects.toThrow('signature verification failed');
    const { generate } = signingAlgorithms.find((row) => row.alg === alg) as (typeof signingAlgorithms)[number];
    const other = await readSigningKey({ ...((await generate()) as JWK), alg });
    await expect(compactVerify(await signWith(key, {}, undefined), other.publicKey)).rejects.toThrow('signature verification failed');
  });

  it('can be signed many times at once', async () => {
    const names = Array.from({ length: 40 }, (_, number) => `user ${number}`);
    const signed = await Promise.all(names.map((sub) => signWith(key, { sub }, undefined)));
    const read = await Promise.all(signed.map((jws) => compactVerify(jws, key.publicKey)));
    expect(read.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).sub)).toEqual(names);
  });
});

describe.each(['RS256', 'EdDSA', 'Ed25519'])('by %s, which knows no chance,', (alg) => {
  it('a JWT is the same to the letter as by jose', async () => {
    const { kid, privateKey } = keyFor(alg);
    const byJose = await new SignJWT({ sub: 'alice' }).setProtectedHeader({ alg, kid }).sign(privateKey);
    expect(await signWith(keyFor(alg), { sub: 'alice' }, undefined)).toBe(byJose);
  });
});

it('PS256 takes a salt as long as its hash. RFC 7518 section 3.5', async () => {
  const { privateKey, publicKey } = keyFor('PS256');
  const jws = await signCompact({ alg: 'PS256' }, 'text', privateKey);
  const [header, payload, signature] = partsOf(jws);
  const isSalted = (saltLength: number) =>
    verify('sha256', Buffer.from(`${header}.${payload}`), { key: publicKey, padding: 6, saltLength }, Buffer.from(signature, 'base64url'));
  expect([isSalted(32), isSalted(31), isSalted(33)]).toEqual([true, false, false]);
});

describe('claims', () => {
  it.each(['iat', 'nbf', 'exp'])('with a time %s that is no number of seconds are not signed, as by jose', async (name) => {
    await expect(signWith(es256, { [name]: Number.POSITIVE_INFINITY }, undefined)).rejects.toThrow(
      `The claim ${name} is no finite number.`,
    );
    await expect(signWith(es256, { [name]: Number.NaN }, undefined)).rejects.toThrow(TypeError);
    await expect(new SignJWT({ [name]: Number.NaN }).setProtectedHeader({ alg: 'ES256' }).sign(es256.privateKey)).rejects.toThrow(
      TypeError,
    );
  });

  it('one of which is a function toJSON are not signed: it would take the place of all others', async () => {
    const claims = { iss: 'https://a.example.com', toJSON: () => ({ iss: 'https://b.example.com' }) };
    await expect(signWith(es256, claims, undefined)).rejects.toThrow(TypeError);
  });
});

it('an algorithm that is not in the table signs nothing', async () => {
  for (const alg of ['none', 'HS256', 'ES384', 'toString', '__proto__']) {
    await expect(signCompact({ alg }, '', es256.privateKey)).rejects.toThrow(TypeError);
  }
});

describe('r and s out of DER', () => {
  /** As X.690 section 8.3 has it: as few bytes as will do, the first bit being the sign. */
  const integer = (value: Uint8Array): Buffer => {
    const first = value.findIndex((byte) => byte !== 0);
    const short = first < 0 ? Buffer.of(0) : Buffer.from(value.subarray(first));
    const signed = (short[0] as number) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short;
    return Buffer.concat([Buffer.of(2, signed.length), signed]);
  };
  const sequence = (...members: readonly Buffer[]) => {
    const content = Buffer.concat(members);
    return Buffer.concat([Buffer.of(0x30, content.length), content]);
  };
  const padded = (...bytes: readonly number[]) => Buffer.concat([Buffer.alloc(32 - bytes.length), Buffer.from(bytes)]);

  const numbers = fc
    .tuple(fc.nat(32), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    .map(([zeros, bytes]) => Buffer.concat([Buffer.alloc(zeros), bytes.subarray(zeros)]));

  it('are what was written, however long each is', () => {
    fc.assert(
      fc.property(numbers, numbers, (r, s) => withoutDer(sequence(integer(r), integer(s))).equals(Buffer.concat([r, s]))),
      { numRuns: 2000 },
    );
  });

  const long = Buffer.alloc(32, 0xff); // 33 bytes in DER
  const full = Buffer.alloc(32, 0x7f); // 32
  it.each([
    ['33 bytes each', long, long],
    ['32 bytes each', full, full],
    ['33 and 32 bytes', long, full],
    ['31 bytes, the first bit of which is set, and 33', padded(...Array(31).fill(0x80)), long],
    ['33 bytes and 31', long, padded(...Array(31).fill(0x01))],
    ['one byte each', padded(1), padded(2)],
    ['one byte that would be negative', padded(0x80), padded(0xff)],
    ['zeros within', padded(1, 0, 0, 0), padded(1, 0)],
    ['zero itself, which no signature has', padded(), padded()],
  ])('are read from integers of %s', (_, r, s) => {
    expect(withoutDer(sequence(integer(r), integer(s))).toString('hex')).toBe(Buffer.concat([r, s]).toString('hex'));
  });

  const good = sequence(integer(long), integer(full));
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no sequence', Buffer.concat([Buffer.of(0x31), good.subarray(1)])],
    ['a part', good.subarray(0, -1)],
    ['more', Buffer.concat([good, Buffer.of(0)])],
    ['one integer', sequence(integer(long))],
    ['three integers', sequence(integer(long), integer(long), integer(long))],
    ['something else first', sequence(Buffer.of(4, 1, 1), integer(long))],
    ['something else second', sequence(integer(long), Buffer.of(4, 1, 1))],
    ['integers that are too long', sequence(integer(Buffer.alloc(33, 0x7f)), integer(full))],
    ['a second integer that is too long', sequence(integer(full), integer(Buffer.alloc(33, 0x7f)))],
    ['a signature on P-384', sign('sha384', Buffer.of(1), generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
    ['a signature on P-521', sign('sha512', Buffer.of(1), generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey)],
  ])('are not found in %s', (_, der) => {
    expect(() => withoutDer(der)).toThrow(TypeError);
  });

  it('of thousands of real signatures, short ones among them, always are a signature that OpenSSL accepts', () => {
    const { privateKey, publicKey } = es256;
    const seen = new Set<number>();
    let accepted = 0;
    for (let number = 0; number < 9000; number++) {
      const input = Buffer.from(`${number}`);
      const der = sign('sha256', input, privateKey);
      seen.add(der.length);
      if (verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, withoutDer(der))) accepted += 1;
    }
    expect(accepted).toBe(9000);
    expect([...seen]).toEqual(expect.arrayContaining([69, 70, 71, 72])); // one in five hundred is shorter than 70
  });
});

it('thousands of JWTs by ES256, with r or s that begin with a zero among them, are accepted by jose', async () => {
  let short = 0;
  for (let number = 0; number < 3000; number++) {
    const jws = await signWith(es256, { jti: `${number}` }, 'at+jwt');
    const signature = Buffer.from(partsOf(jws)[2], 'base64url');
    expect(signature).toHaveLength(64);
    if (signature[0] === 0 || signature[32] === 0) short += 1;
    await compactVerify(jws, es256.publicKey, { algorithms: ['ES256'] });
  }
  expect(short).toBeGreaterThan(0); // all but surely: 23 are to be expected
});

/** The key of RFC 7515 appendix A.2, published there. */
const keyOfA2 = {
  kty: 'RSA',
  n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
  e: 'AQAB',
  d: 'Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ',
  p: '4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc',
  q: 'uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc',
  dp: 'BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0',
  dq: 'h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU',
  qi: 'IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U',
};

describe('the example of', () => {
  it('RFC 7515 appendix A.2, RS256', async () => {
    const payload = '{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}';
    expect(await signCompact({ alg: 'RS256' }, payload, createPrivateKey({ key: keyOfA2, format: 'jwk' }))).toBe(
      'eyJhbGciOiJSUzI1NiJ9' +
        '.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ' +
        '.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw',
    );
  });

  it('RFC 8037 appendix A.4, Ed25519', async () => {
    const key = {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    };
    expect(await signCompact({ alg: 'EdDSA' }, 'Example of Ed25519 signing', createPrivateKey({ key, format: 'jwk' }))).toBe(
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    );
  });
});
