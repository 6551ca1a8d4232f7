/** Draws what a soak has measured, as one small picture: a line for each, over the time. */
import type { Sample, SoakReport } from './run.js';

const width = 640; // pixels
const height = 96; // of one line
const margin = { left: 96, top: 24 };
const mostPoints = 256; // of a line

const lines = [
  { name: 'Flows a second', value: ({ rate }: Sample) => rate, unit: '' },
  { name: 'Memory of the process (RSS)', value: ({ rss }: Sample) => rss / 1e6, unit: 'MB' },
  { name: 'Heap after garbage collection', value: ({ heapUsed }: Sample) => heapUsed / 1e6, unit: 'MB' },
  { name: 'Handles', value: ({ handles }: Sample) => handles, unit: '' },
  { name: 'Keys in Redis', value: ({ keys }: Sample) => keys, unit: '' },
  { name: 'Memory of Redis', value: ({ usedMemory }: Sample) => usedMemory / 1e6, unit: 'MB' },
] as const;

/** As SVG, which can be seen in light and dark. `caption` stands below. */
export function chartOf({ samples: all }: Pick<SoakReport, 'samples'>, caption: string): string {
  const total = lines.length * (height + margin.top) + 32;
  const end = all.at(-1)?.at ?? 1;
  const groups = inGroups(all);
  const drawn = lines.map(({ name, value, unit }, index) => {
    const values = groups.map((group) => Math.max(...group.map(value)));
    const top = Math.max(...values) * 1.1 || 1;
    const x = (at: number) => round(margin.left + (at / end) * (width - margin.left - 16));
    const y = (of: number) => round(height - (of / top) * (height - 8));
    const points = groups.map(([{ at }], place) => `${x(at)},${y(values[place] as number)}`).join(' ');
    const label = (of: number) => `${of >= 100 || unit === '' ? Math.round(of) : of.toFixed(1)} ${unit}`.trim();
    return `  <g transform="translate(0 ${index * (height + margin.top) + margin.top})">
    <text x="${margin.left}" y="-6" class="name">${name}</text>
    <path d="M${margin.left} 0V${height}H${width - 16}"/>
    <text x="${margin.left - 8}" y="${Math.max(10, y(Math.max(...values)) + 4)}" class="tick">${label(Math.max(...values))}</text>
    <text x="${margin.left - 8}" y="${height}" class="tick">0</text>
    <polyline points="${points}"/>
  </g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-label="${caption}">
  <style>
    rect { fill: #fff } text { font: 12px sans-serif; fill: #333 } .name { font-weight: bold } .tick { text-anchor: end }
    path { fill: none; stroke: #999 } polyline { fill: none; stroke: #2457c5; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) { rect { fill: #0d1117 } text { fill: #d7dce2 } path { stroke: #6e7681 } polyline { stroke: #79a8ff } }
  </style>
  <rect width="${width}" height="${total}"/>
${drawn.join('\n')}
  <text x="${margin.left}" y="${total - 10}">${caption}</text>
</svg>
`;
}

/** As many as there is room for: where several fall together, the highest of them is drawn. */
function inGroups(samples: readonly Sample[]): [Sample, ...Sample[]][] {
  const size = Math.ceil(samples.length / mostPoints);
  const starts = Array.from({ length: Math.ceil(samples.length / size) }, (_, index) => index * size);
  return starts.map((start) => samples.slice(start, start + size) as [Sample, ...Sample[]]);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
