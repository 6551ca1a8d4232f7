/** The certificate of the server, and how long it lasts. */
import { connect } from 'node:tls';
import { systemClock } from '../../platform/clock.js';
import { bad, type Finding, good, warning } from './finding.js';

const soon = 14; // days

export async function examineTls(issuer: string, milliseconds: number): Promise<readonly Finding[]> {
  const { protocol, hostname, port } = new URL(issuer);
  if (protocol !== 'https:') return [];
  const days = await daysLeft(hostname.replace(/^\[|\]$/g, ''), Number(port || 443), milliseconds);
  if (typeof days !== 'number') {
    return [
      bad('TLS', days.message, 'Clients will not connect: renew the certificate, with all between it and an authority that is known.'),
    ];
  }
  if (days < soon) return [warning('TLS', `The certificate expires in ${days} days.`, 'Renew it.')];
  return [good('TLS', `the certificate is good for ${days} days`)];
}

function daysLeft(host: string, port: number, timeout: number): Promise<number | Error> {
  return new Promise((resolve) => {
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }; // an address is none. RFC 6066 section 3
    const socket = connect({ host, port, ...servername }, () => {
      resolve(Math.floor((Date.parse(socket.getPeerCertificate().valid_to) / 1000 - systemClock()) / 86_400));
      socket.destroy();
    });
    socket.on('error', resolve);
    const timer = setTimeout(() => socket.destroy(new Error(`There was no answer within ${timeout / 1000} s.`)), timeout);
    socket.on('close', () => clearTimeout(timer));
  });
}
