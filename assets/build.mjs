// SPDX-License-Identifier: EUPL-1.2
// Builds what browsers load. Reads styles/, scripts/, icons/ and the packages Bootstrap Italia and Titillium Web
// inside node_modules; writes dist/, where every name carries a hash of its content (the service worker excepted,
// whose address must not change), and dist/assets.json, from which the program learns the names.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { compile } from 'sass';

const ASSETS = import.meta.dirname;
const DIST = join(ASSETS, 'dist');
const PACKAGES = join(ASSETS, '..', 'node_modules');
const LIBRARY = join(PACKAGES, 'bootstrap-italia', 'src');
const PUBLIC_PATH = '/assets/';

const FONT_FILES = { 400: 'regular', 600: '600', 700: '700' };

const APP_ICONS = [
  'apple-touch-icon.png',
  'badge-96.png',
  'icon-192.png',
  'icon-512.png',
  'icon-maskable-512.png',
  'icon.svg',
];

// The drawings of the library that the pages show, by its own names.
const ICONS = [
  'it-arrow-right',
  'it-calendar',
  'it-check-circle',
  'it-clock',
  'it-close',
  'it-delete',
  'it-download',
  'it-external-link',
  'it-file',
  'it-horn',
  'it-inbox',
  'it-info-circle',
  'it-mail',
  'it-map-marker',
  'it-pencil',
  'it-plus-circle',
  'it-rss',
  'it-settings',
  'it-star-full',
  'it-star-outline',
  'it-telephone',
  'it-user',
  'it-warning-circle',
];

// Our own drawings of how an iPhone takes the site onto its Home Screen.
const STEP_DRAWINGS = ['step-share', 'step-add', 'step-open'];

// The library's Sass still uses @import and global functions; its next major version changes that.
const LIBRARY_DEPRECATIONS = ['import', 'global-builtin', 'color-functions', 'if-function', 'slash-div'];

/** The files written so far: logical name → name in dist. */
const written = {};

/** Writes `content` under a hashed name and returns that name. */
function writeHashed(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const extension = extname(name);
  const hashedName = `${name.slice(0, -extension.length)}.${hash}${extension}`;
  writeFileSync(join(DIST, hashedName), content);
  return hashedName;
}

/** Writes an asset that templates or the program name. */
function emit(name, content) {
  written[name] = writeHashed(name, content);
}

function emitFonts() {
  for (const [weight, file] of Object.entries(FONT_FILES)) {
    const source = join(LIBRARY, 'fonts', 'Titillium_Web', `titillium-web-v10-latin-ext_latin-${file}.woff2`);
    emit(`titillium-web-${weight}.woff2`, readFileSync(source));
  }
}

/** Undoes percent-encoding letter by letter: the library leaves bare percent signs between encoded ones. */
function unescapeDrawing(drawing) {
  return drawing.replace(/%[0-9a-f]{2}/gi, (escaped) => decodeURIComponent(escaped)).trim();
}

/** The library writes small drawings into its style sheet as `data:` addresses, which our policy refuses: each becomes a file. */
function moveDrawingsToFiles(css) {
  return css.replace(/url\((["'])data:image\/svg\+xml[^,]*,(.*?)\1\)/g, (_, _quote, drawing) => {
    const name = writeHashed('drawing.svg', unescapeDrawing(drawing));
    return `url(${name})`;
  });
}

function emitStyles() {
  const { css } = compile(join(ASSETS, 'styles', 'app.scss'), {
    style: 'compressed',
    loadPaths: [PACKAGES],
    quietDeps: true,
    silenceDeprecations: LIBRARY_DEPRECATIONS,
  });
  const withFonts = css.replace(/titillium-web-\d+\.woff2/g, (name) => written[name]);
  const finished = moveDrawingsToFiles(withFonts);
  if (finished.includes('data:')) throw new Error('The style sheet still holds a data: address.');
  emit('app.css', finished);
}

function iconSymbol(name, file) {
  const drawing = readFileSync(file, 'utf8');
  const viewBox = drawing.match(/viewBox="([^"]+)"/)[1];
  const shapes = drawing.replace(/^[^]*?<svg[^>]*>|<\/svg>\s*$/g, '').replace(/\s+/g, ' ').trim();
  return `<symbol id="${name}" viewBox="${viewBox}">${shapes}</symbol>`;
}

const sprite = (symbols) => `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;

function emitIcons() {
  const own = join(ASSETS, 'icons');
  const symbols = ICONS.map((name) => iconSymbol(name, join(LIBRARY, 'svg', `${name}.svg`)));
  symbols.push(iconSymbol('mark', join(own, 'mark.svg')));
  emit('icons.svg', sprite(symbols));
  // Apart from the others, since only an iPhone or iPad shows them.
  emit('steps.svg', sprite(STEP_DRAWINGS.map((name) => iconSymbol(name, join(own, `${name}.svg`)))));
  for (const file of APP_ICONS) emit(file, readFileSync(join(own, file)));
}

function emitManifest() {
  const manifest = readFileSync(join(ASSETS, 'manifest.json'), 'utf8');
  const named = manifest.replace(/"src": "([^"]+)"/g, (_, file) => `"src": "${PUBLIC_PATH}${written[file]}"`);
  emit('manifest.webmanifest', JSON.stringify(JSON.parse(named)));
}

async function bundle(name, format) {
  const { outputFiles } = await build({
    entryPoints: [join(ASSETS, 'scripts', name)],
    bundle: true,
    minify: true,
    format,
    target: ['chrome109', 'firefox115', 'safari16'],
    define: {
      ICON_ADDRESS: JSON.stringify(PUBLIC_PATH + written['icon-192.png']),
      BADGE_ADDRESS: JSON.stringify(PUBLIC_PATH + written['badge-96.png']),
      VISIT_ADDRESS: JSON.stringify(PUBLIC_PATH + written['visit.js']),
    },
    // Fetched by the browser where it is needed, not bundled.
    external: [`${PUBLIC_PATH}*`],
    write: false,
  });
  return outputFiles[0].contents;
}

async function emitScripts() {
  emit('visit.js', await bundle('visit.js', 'esm'));
  emit('page.js', await bundle('page.js', 'esm'));
  emit('complete.js', await bundle('complete.js', 'esm'));
  emit('push.js', await bundle('push.js', 'esm'));
  emit('help.js', await bundle('help.js', 'esm'));
  emit('rating.js', await bundle('rating.js', 'esm'));
  emit('sign-in.js', await bundle('sign-in.js', 'esm'));
  written['service-worker.js'] = 'service-worker.js';
  writeFileSync(join(DIST, 'service-worker.js'), await bundle('service-worker.js', 'iife'));
}

function report() {
  for (const [name, file] of Object.entries(written).sort()) {
    const content = readFileSync(join(DIST, file));
    const compressed = brotliCompressSync(content).length;
    console.log(`${name.padEnd(26)} ${String(content.length).padStart(7)} B ${String(compressed).padStart(6)} B brotli`);
  }
}

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
emitFonts();
emitStyles();
emitIcons();
emitManifest();
await emitScripts();
const names = Object.fromEntries(Object.entries(written).sort());
writeFileSync(join(DIST, 'assets.json'), `${JSON.stringify(names, null, 2)}\n`);
report();
