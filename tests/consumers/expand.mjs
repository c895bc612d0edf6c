// jsonld.js in safe mode reads every JSON-LD file of a release, its context from the release's own site alone.
// Usage: expand.mjs SITE RELEASE     prints the SHA-256 of the canonical N-Quads.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const require = createRequire(join(process.env.MOISSON_CONSUMERS, 'package.json'));
const jsonld = require('jsonld');
const [site, release] = process.argv.slice(2);
const base = JSON.parse(readFileSync(join(release, 'manifest.json'), 'utf8')).base_iri;

const documentLoader = async (url) => {
  if (!url.startsWith(base)) throw new Error(`${url} is outside the release`);
  const document = JSON.parse(readFileSync(join(site, url.slice(base.length)), 'utf8'));
  return { contextUrl: null, documentUrl: url, document };
};

// Code points, not UTF-16 units: the canonical order of RDFC-1.0.
const byCodePoint = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const hashes = new Set();
for (const form of ['.jsonld.gz', '.ndjsonld.gz']) {
  const lines = new Set();
  for (const name of readdirSync(join(release, 'rdf')).filter((name) => name.endsWith(form)).sort()) {
    const text = gunzipSync(readFileSync(join(release, 'rdf', name))).toString('utf8');
    const documents = form.startsWith('.nd') ? text.split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [JSON.parse(text)];
    for (const document of documents) {
      const quads = await jsonld.canonize(document, { algorithm: 'RDFC-1.0', format: 'application/n-quads', safe: true, documentLoader });
      quads.split('\n').filter(Boolean).forEach((line) => lines.add(line));
    }
  }
  const sorted = [...lines].sort(byCodePoint).map((line) => `${line}\n`).join('');
  hashes.add(createHash('sha256').update(sorted).digest('hex'));
}
if (hashes.size !== 1) throw new Error(`the two serialisations differ: ${[...hashes]}`);
console.log([...hashes][0]);
