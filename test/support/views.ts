/** Folders of a host's own templates. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with these files, by their names in it. */
export function viewsWith(files: Readonly<Record<string, string>>): string {
  const views = mkdtempSync(join(tmpdir(), 'views-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(views, file)), { recursive: true });
    writeFileSync(join(views, file), text);
  }
  return views;
}
