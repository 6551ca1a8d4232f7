/** A real nginx that ends TLS in front of an app, and passes the certificates of clients on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certificates.js';

export interface NginxOptions extends Certificates {
  readonly port: number;
  /** The app, as `http://localhost:3000`. */
  readonly app: string;
}

const nobody = 65_534;

/** Asks for a certificate of any kind, and says of each whether it is by the authority: the README's example. */
export async function startNginx({ port, app, ca, cert, key }: NginxOptions): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    if (user.uid !== undefined) chownSync(join(folder, name), user.uid, user.gid);
  };
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  write('ca.pem', ca);
  write('cert.pem', cert);
  write('key.pem', key);
  write('nginx.conf', configuration(folder, port, app));

  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` };
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    ...user,
  });
  let said = '';
  nginx.stderr.on('data', (text) => (said += text));
  const ended = once(nginx, 'exit').then(([code]) => Promise.reject(new Error(`nginx ended with ${code}: ${said}`)));
  ended.catch(() => {}); // it may end when it is no longer waited for
  await Promise.race([listening(port), ended]);
  return {
    async close() {
      const gone = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}

function configuration(folder: string, port: number, app: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port} ssl;
    server_name localhost;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    ssl_client_certificate ${folder}/ca.pem;
    ssl_verify_client optional_no_ca;
    location / {
      proxy_pass ${app.replace('localhost', '127.0.0.1')};
      proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
      proxy_set_header X-SSL-Client-Verify $ssl_client_verify;
    }
  }
}`;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (isUp) return;
    await sleep(20);
  }
}
