/** Draws what was measured as bars: SVG that follows the reader between light and dark, and says in words what it shows. */
import { jobNamed } from '../jobs/index.js';
import { servers } from '../servers/index.js';
import { bestPeer, type Results, summaryOf } from './results.js';
import { aimedAt, ratioOf } from './targets.js';

export interface Chart {
  /** Of its file, without the extension. */
  readonly name: string;
  /** What it shows, for whoever does not see it. */
  readonly text: string;
  readonly svg: string;
}

const width = 800; // pixels: as wide as a README
const margin = 24;
const left = 250;
const roomForNumber = 76;
const roomForName = 200;

const style = `
    .ground { fill: #ffffff; stroke: #d9dfe8 }
    text { font: 13px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2733 }
    .title { font-size: 16px; font-weight: 600 }
    .note { fill: #5b6675 }
    .name { text-anchor: end }
    .over { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
    .ours { font-weight: 600 }
    .bar-ours { fill: #2457c5 }
    .bar-limit { fill: #b9c4d6 }
    .bar-best { fill: #d08a1d }
    .bar-peer { fill: #7d8899 }
    .line { stroke: #5b6675; stroke-dasharray: 3 4 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0f1621; stroke: #2b3546 }
      text { fill: #e6ebf2 }
      .note { fill: #9aa6b7 }
      .over { stroke: #0f1621 }
      .bar-ours { fill: #6c9bff }
      .bar-limit { fill: #3e4b61 }
      .bar-best { fill: #e5a544 }
      .bar-peer { fill: #76839a }
      .line { stroke: #9aa6b7 }
    }`;

/** One job, a server each, the fastest first. */
export function rateChartOf(results: Pick<Results, 'summaries'>, node: string, job: string): Chart {
  const bars = servers
    .filter(({ kind }) => kind !== 'host')
    .flatMap(({ name, title, kind }) => {
      const summary = summaryOf(results, node, job, name);
      return summary ? [{ title, kind, perSecond: summary.perSecond }] : [];
    })
    .sort((a, b) => b.perSecond - a.perSecond);
  const most = bars[0]?.perSecond ?? 1;
  const { title, unit } = jobNamed(job);
  const note = `${unit}s a second, one process on Node ${node}; more is better`;
  const pitch = 28;
  const top = 72;
  const drawn = bars.map(({ title: name, kind, perSecond }, index) => {
    const [y, end] = [top + index * pitch, left + lengthOf(perSecond / most, roomForNumber)];
    const isOurs = kind === 'ours' ? ' ours' : '';
    return `  <text x="${left - 12}" y="${y + 14}" class="name${isOurs}">${escaped(name)}</text>
  <rect x="${left}" y="${y}" width="${end - left}" height="19" rx="3" class="bar-${kind}"/>
  <text x="${end + 8}" y="${y + 14}" class="value${isOurs}">${whole(perSecond)}</text>`;
  });
  const text = `${title}, ${unit}s a second: ${bars.map(({ title: name, perSecond }) => `${name} ${whole(perSecond)}`).join(', ')}`;
  return { name: job, text, svg: svgOf(capitalized(title), note, text, top + bars.length * pitch + 8, drawn) };
}

/** All jobs for which there is an aim: ours, the best of all peers and oidc-provider as shares of the limit. */
export function overviewOf(results: Pick<Results, 'summaries'>, node: string): Chart | undefined {
  const groups = aimedAt.flatMap((job) => {
    const limit = summaryOf(results, node, job, 'limit-express');
    const ours = summaryOf(results, node, job, 'ours');
    if (!limit || !ours) return [];
    const best = bestPeer(results, node, job);
    const oidcProvider = best?.server === 'oidc-provider' ? undefined : summaryOf(results, node, job, 'oidc-provider');
    const bars = [
      { kind: 'ours', name: 'express-oauth-router', summary: ours },
      ...(best ? [{ kind: 'best', name: best.row.title, summary: best }] : []),
      ...(oidcProvider ? [{ kind: 'peer', name: 'oidc-provider', summary: oidcProvider }] : []),
    ].map((bar) => ({ ...bar, share: ratioOf(bar.summary, limit) }));
    return [{ title: jobNamed(job).title, bars }];
  });
  if (groups.length === 0) return undefined;
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ share }) => share)));
  const top = 92;
  const pitch = 18;
  let y = top;
  const drawn = groups.map(({ title, bars }) => {
    const rows = bars.map(({ kind, name, share }, index) => {
      const [at, end] = [y + index * pitch, left + lengthOf(share / most, roomForName)];
      const value = `${Math.round(share * 100)} %`;
      return `  <rect x="${left}" y="${at}" width="${end - left}" height="14" rx="3" class="bar-${kind}"/>
  <text x="${end + 8}" y="${at + 11.5}" class="over ${kind === 'ours' ? 'ours' : 'note'}">${value}${kind === 'ours' ? '' : ` ${escaped(name)}`}</text>`;
    });
    const lines = linesOf(title);
    const titles = lines.map((line, index) => `  <text x="${left - 12}" y="${y + 12 + index * 16}" class="name">${escaped(line)}</text>`);
    y += Math.max(bars.length * pitch, lines.length * 16) + 14;
    return [...titles, ...rows].join('\n');
  });
  const atLimit = left + lengthOf(1 / most, roomForName);
  const limit = `  <line x1="${atLimit}" x2="${atLimit}" y1="${top - 8}" y2="${y - 6}" class="line"/>
  <text x="${atLimit}" y="${top - 13}" class="note" text-anchor="middle">the limit</text>`;
  const said = groups.map(({ title, bars }) => {
    const shares = bars.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`);
    return `${title}: ${shares.join(', ')}`;
  });
  const title = 'How close to the least code that does the same';
  const note = `done in a second as a share of the limit in Express, one process on Node ${node}; more is better`;
  const text = `Done in a second as a share of the limit in Express. ${said.join('. ')}`;
  return { name: 'overview', text, svg: svgOf(title, note, text, y + 4, [limit, ...drawn]) };
}

function svgOf(title: string, note: string, text: string, height: number, drawn: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title text">
  <title id="title">${escaped(title)}</title>
  <desc id="text">${escaped(text)}</desc>
  <style>${style}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
  <text x="${margin}" y="32" class="title">${escaped(title)}</text>
  <text x="${margin}" y="53" class="note">${escaped(note)}</text>
${drawn.join('\n')}
</svg>
`;
}

/** Of a bar behind which there is so much room. */
function lengthOf(share: number, room: number): number {
  return Math.max(2, Math.round(share * (width - margin - room - left)));
}

/** A title in lines that fit beside the bars. */
function linesOf(title: string): string[] {
  const lines: string[] = [];
  for (const word of title.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= 32) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** But for the names of things. */
function capitalized(text: string): string {
  return /^(?!protect\b)[a-z]+\b/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
