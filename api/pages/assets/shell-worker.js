// Keeps the pages' own files, so that they open without a network. Nothing of the API is ever kept.

const CACHE = "suixing-shell-1";
const PATIENCE_MS = 3000;
const PAGES = ["/resident", "/venue", "/desk", "/docs", "/openapi.json"];
const FILES = [
  "/assets/desk/actsview.js",
  "/assets/desk/desk.css",
  "/assets/desk/disputesview.js",
  "/assets/desk/factorsview.js",
  "/assets/desk/format.js",
  "/assets/desk/idle.js",
  "/assets/desk/login.js",
  "/assets/desk/main.js",
  "/assets/desk/overview.js",
  "/assets/desk/paging.js",
  "/assets/desk/parts.js",
  "/assets/desk/passkeys.js",
  "/assets/desk/plot.js",
  "/assets/desk/plots.js",
  "/assets/desk/presencecard.js",
  "/assets/desk/proposalsview.js",
  "/assets/desk/residentsview.js",
  "/assets/desk/session.js",
  "/assets/desk/staffview.js",
  "/assets/desk/systemview.js",
  "/assets/desk/venuesview.js",
  "/assets/desk/windowview.js",
  "/assets/desk/words.js",
  "/assets/docs/docs.css",
  "/assets/docs/main.js",
  "/assets/docs/operations.js",
  "/assets/docs/operationview.js",
  "/assets/docs/schema.js",
  "/assets/icons/suixing-maskable.svg",
  "/assets/icons/suixing.svg",
  "/assets/kit.css",
  "/assets/kit.js",
  "/assets/kit/api.js",
  "/assets/kit/clock.js",
  "/assets/kit/codes/base45.js",
  "/assets/kit/codes/bytes.js",
  "/assets/kit/codes/cbor.js",
  "/assets/kit/codes/certificates.js",
  "/assets/kit/codes/deltas.js",
  "/assets/kit/codes/der.js",
  "/assets/kit/codes/drawing.js",
  "/assets/kit/codes/explaining.js",
  "/assets/kit/codes/forms.js",
  "/assets/kit/codes/jws.js",
  "/assets/kit/codes/layout.js",
  "/assets/kit/codes/making.js",
  "/assets/kit/codes/points.js",
  "/assets/kit/codes/reading.js",
  "/assets/kit/codes/refusal.js",
  "/assets/kit/codes/signatures.js",
  "/assets/kit/codes/status.js",
  "/assets/kit/codes/trust.js",
  "/assets/kit/codes/verifying.js",
  "/assets/kit/dialog.js",
  "/assets/kit/dom.js",
  "/assets/kit/icons.js",
  "/assets/kit/ids.js",
  "/assets/kit/language.js",
  "/assets/kit/shell.js",
  "/assets/place.css",
  "/assets/resident.webmanifest",
  "/assets/resident/accessesview.js",
  "/assets/resident/accountview.js",
  "/assets/resident/alerts.js",
  "/assets/resident/banner.js",
  "/assets/resident/checkinview.js",
  "/assets/resident/childrencard.js",
  "/assets/resident/codeframe.js",
  "/assets/resident/codeview.js",
  "/assets/resident/companiesview.js",
  "/assets/resident/companycard.js",
  "/assets/resident/consentsview.js",
  "/assets/resident/dataview.js",
  "/assets/resident/development.js",
  "/assets/resident/elderview.js",
  "/assets/resident/eventstream.js",
  "/assets/resident/identityview.js",
  "/assets/resident/inbox.js",
  "/assets/resident/keeping.js",
  "/assets/resident/kindswitch.js",
  "/assets/resident/livecode.js",
  "/assets/resident/login.js",
  "/assets/resident/loginsview.js",
  "/assets/resident/main.js",
  "/assets/resident/messagesview.js",
  "/assets/resident/papersview.js",
  "/assets/resident/part.js",
  "/assets/resident/phonecodes.js",
  "/assets/resident/phoneproof.js",
  "/assets/resident/relativesview.js",
  "/assets/resident/resident.css",
  "/assets/resident/session.js",
  "/assets/resident/subjects.js",
  "/assets/resident/wallet/answering.js",
  "/assets/resident/wallet/card.js",
  "/assets/resident/wallet/consentdialog.js",
  "/assets/resident/wallet/copiesview.js",
  "/assets/resident/wallet/copyform.js",
  "/assets/resident/wallet/emblems.js",
  "/assets/resident/wallet/fields.js",
  "/assets/resident/wallet/keptwallet.js",
  "/assets/resident/wallet/licenceview.js",
  "/assets/resident/wallet/places.js",
  "/assets/resident/wallet/reading.js",
  "/assets/resident/wallet/receipt.js",
  "/assets/resident/wallet/requests.js",
  "/assets/resident/wallet/requestsview.js",
  "/assets/resident/wallet/saving.js",
  "/assets/resident/wallet/scanning.js",
  "/assets/resident/wallet/sdjwt.js",
  "/assets/resident/wallet/showing.js",
  "/assets/resident/wallet/speaking.js",
  "/assets/resident/wallet/types.js",
  "/assets/resident/wallet/wallet.css",
  "/assets/resident/wallet/walletview.js",
  "/assets/resident/wallet/words.js",
  "/assets/resident/words.js",
  "/assets/vendor/qr/LICENSE-MIT.txt",
  "/assets/vendor/qr/index.js",
  "/assets/venue.webmanifest",
  "/assets/venue/arrivals.js",
  "/assets/venue/askform.js",
  "/assets/venue/asking.js",
  "/assets/venue/askpanel.js",
  "/assets/venue/camera.js",
  "/assets/venue/checking.js",
  "/assets/venue/connection.js",
  "/assets/venue/daycard.js",
  "/assets/venue/desk.js",
  "/assets/venue/device.js",
  "/assets/venue/gate.js",
  "/assets/venue/history.js",
  "/assets/venue/journal.js",
  "/assets/venue/ledger.js",
  "/assets/venue/licencecard.js",
  "/assets/venue/licencedesk.js",
  "/assets/venue/licences.js",
  "/assets/venue/listcard.js",
  "/assets/venue/lists.js",
  "/assets/venue/main.js",
  "/assets/venue/managerview.js",
  "/assets/venue/managing.js",
  "/assets/venue/picture.js",
  "/assets/venue/scanner.js",
  "/assets/venue/scannerscard.js",
  "/assets/venue/sending.js",
  "/assets/venue/setup.js",
  "/assets/venue/shift.js",
  "/assets/venue/signals.js",
  "/assets/venue/staffcard.js",
  "/assets/venue/standbybar.js",
  "/assets/venue/station.js",
  "/assets/venue/typing.js",
  "/assets/venue/venue.css",
  "/assets/venue/verdict.js",
  "/assets/words/asking-en.js",
  "/assets/words/asking-zh.js",
  "/assets/words/codes-en.js",
  "/assets/words/codes-zh.js",
  "/assets/words/companies-en.js",
  "/assets/words/companies-zh.js",
  "/assets/words/desk-en.js",
  "/assets/words/desk-zh.js",
  "/assets/words/en.js",
  "/assets/words/provinces.js",
  "/assets/words/relatives-en.js",
  "/assets/words/relatives-zh.js",
  "/assets/words/resident-en.js",
  "/assets/words/resident-zh.js",
  "/assets/words/venue-en.js",
  "/assets/words/venue-zh.js",
  "/assets/words/wallet-en.js",
  "/assets/words/wallet-zh.js",
  "/assets/words/window-en.js",
  "/assets/words/window-zh.js",
  "/assets/words/zh.js",
];

const isShell = (url) => url.origin === location.origin && (PAGES.includes(url.pathname) || url.pathname.startsWith("/assets/"));

async function keepAll() {
  const cache = await caches.open(CACHE);
  await Promise.all([...PAGES, ...FILES].map(async (address) => {
    const response = await fetch(address, { cache: "no-cache" }).catch(() => null);
    if (response?.ok) await cache.put(address, response);
  }));
}

async function dropOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("suixing-shell-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The network first, so that pages and their modules are always of one release; the kept copy when it fails or dawdles.
async function answer(request) {
  const cache = await caches.open(CACHE);
  const fresh = fetch(request).then((response) => {
    if (response.ok && !response.redirected) cache.put(request, response.clone());
    return response;
  });
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (!kept) return fresh;
  const late = new Promise((resolve) => { setTimeout(() => resolve(kept), PATIENCE_MS); });
  return Promise.race([fresh.catch(() => kept), late]);
}

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && isShell(new URL(request.url))) event.respondWith(answer(request));
});
