/** A certificate authority of a test's own, and certificates of its or of nobody's; made by the openssl command. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificates extends KeyPair {
  readonly ca: string;
}

/** In PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  /** As openssl's configuration has it, the most general first: `C=GB`, `CN=client`; `+CN=client` goes into the part before it. */
  readonly subject?: readonly string[];
  /** As in a certificate: `DNS:internal.example`, `IP:127.0.0.1`. */
  readonly names?: readonly string[];
  /** Left out: two; -1 makes one that has expired. */
  readonly days?: number;
}

export interface Authority {
  readonly cert: string;
  issue(request: CertificateRequest): KeyPair;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** `names` as in a certificate: `DNS:internal.example`, `IP:127.0.0.1`. */
export function makeCertificates(...names: readonly string[]): Certificates {
  const authority = makeAuthority();
  return { ca: authority.cert, ...authority.issue({ subject: ['CN=Test'], names }) };
}

export function makeAuthority(): Authority {
  const ca = selfSigned({ subject: ['CN=Test CA'] });
  return {
    cert: ca.cert,
    issue: (request) =>
      inFolder(request, ({ openssl, read, write, extensions }) => {
        write('ca.pem', ca.cert);
        write('ca.key', ca.key);
        openssl('req', ...newKey, '-config', 'config', '-keyout', 'key.pem', '-out', 'request.pem');
        const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'config', '-extensions', extensions];
        openssl('x509', '-req', '-in', 'request.pem', ...by, '-out', 'cert.pem', '-days', String(request.days ?? 2));
        return { cert: read('cert.pem'), key: read('key.pem') };
      }),
  };
}

/** Signed by its own key. */
export function selfSigned(request: CertificateRequest): KeyPair {
  return inFolder(request, ({ openssl, read, extensions }) => {
    openssl('req', ...newKey, '-config', 'config', '-keyout', 'key.pem', '-out', 'request.pem');
    const more = ['-signkey', 'key.pem', '-extfile', 'config', '-extensions', extensions, '-days', String(request.days ?? 2)];
    openssl('x509', '-req', '-in', 'request.pem', ...more, '-out', 'cert.pem');
    return { cert: read('cert.pem'), key: read('key.pem') };
  });
}

interface Folder {
  openssl(...args: readonly string[]): void;
  read(name: string): string;
  write(name: string, text: string): void;
  /** The section of the configuration that has the names. */
  readonly extensions: string;
}

function inFolder<T>({ subject = ['CN=somebody'], names = [] }: CertificateRequest, use: (folder: Folder) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  try {
    const head = ['[req]', 'prompt=no', 'string_mask=utf8only', 'utf8=yes', 'distinguished_name=dn'];
    // In a section of their own, where commas stand for themselves.
    const named = names.map((name, i) => name.replace(':', `.${i} = `));
    write(
      'config',
      [
        ...head,
        '[dn]',
        ...subject.map((line, i) => `${i}.${line}`),
        '[named]',
        'subjectAltName=@names',
        '[names]',
        ...named,
        '[bare]',
        '',
      ].join('\n'),
    );
    return use({
      openssl: (...args) => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }),
      read: (name) => readFileSync(join(folder, name), 'utf8'),
      write,
      extensions: names.length > 0 ? 'named' : 'bare',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
