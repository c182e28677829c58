// Keeps the pages' own files, so that they open without a network. Nothing of the API is ever kept.

const CACHE = "suixing-shell-2";
const PATIENCE_MS = 3000;
const PAGES = ["/resident", "/venue", "/desk", "/docs", "/openapi.json"];
// Each page's code and styles, entered by the server: an address names what is in the file, so that this worker is
// another one whenever a page is.
const JOINED = [];
const FILES = [
  "/assets/icons/suixing-maskable.svg",
  "/assets/icons/suixing.svg",
  "/assets/resident.webmanifest",
  "/assets/vendor/qr/LICENSE-MIT.txt",
  "/assets/venue.webmanifest",
];
const ADDRESSED = /^\/assets\/[0-9a-f]{16}\//;

const isShell = (url) => url.origin === location.origin && (PAGES.includes(url.pathname) || url.pathname.startsWith("/assets/"));

// Under its name alone: with a page of a new release, the code of the last is better than none.
const keyOf = (address) => new URL(address, location.href).pathname.replace(ADDRESSED, "/assets/");

// Whether that very file is kept. A server of another release answers with its own, which it does not call immutable.
const isSame = (kept, address) => kept?.url === new URL(address, location.href).href && kept.headers.get("Cache-Control")?.includes("immutable");

// One after another, as the page itself may be waiting for an answer over a slow network.
async function keepAll() {
  const cache = await caches.open(CACHE);
  for (const address of [...PAGES, ...JOINED, ...FILES]) {
    if (isSame(await cache.match(keyOf(address), { ignoreVary: true }), address)) continue;
    const response = await fetch(address, { cache: JOINED.includes(address) ? "default" : "no-cache" }).catch(() => null);
    if (response?.ok) await cache.put(keyOf(address), response);
  }
}

async function dropOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("suixing-shell-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// A file whose address names what is in it needs no asking. For the rest the network first, so that pages are always
// of the newest release; the kept copy when it fails or dawdles, or a proxy has no server to ask while they restart.
async function answer(request) {
  const cache = await caches.open(CACHE);
  const key = keyOf(request.url);
  const kept = await cache.match(key, { ignoreVary: true });
  if (isSame(kept, request.url)) return kept;
  const fresh = fetch(request).then((response) => {
    if (response.ok && !response.redirected) cache.put(key, response.clone());
    return response;
  });
  if (!kept) return fresh;
  const late = new Promise((resolve) => { setTimeout(() => resolve(kept), PATIENCE_MS); });
  return Promise.race([fresh.then((response) => (response.status < 500 ? response : kept), () => kept), late]);
}

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && isShell(new URL(request.url))) event.respondWith(answer(request));
});
