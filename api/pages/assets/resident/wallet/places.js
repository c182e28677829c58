// Where in the wallet the page's address is: a wallet, one licence of it, or a request that a venue showed as a link.

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const WALLET = new RegExp(`^#/wallet(?:/for/(${ID}))?(?:/(${ID}))?$`, "i");
const REQUEST = new RegExp(`#/p/(${ID})$`, "i");

/** {delegation, licence} of the address, each null where it names none; null where it is not of the wallet. */
export function walletInAddress() {
  if (requestIn(location.hash)) return { delegation: null, licence: null };
  const found = WALLET.exec(location.hash);
  return found && { delegation: found[1]?.toLowerCase() ?? null, licence: found[2]?.toLowerCase() ?? null };
}

/** The id of the request that a text, such as an address or what a QR says, leads to; null where it leads to none. */
export function requestIn(text) {
  return REQUEST.exec(text)?.[1].toLowerCase() ?? null;
}

/** The address of a subject's wallet, or of a licence in it. */
export function addressOf(subject, licenceId) {
  return ["#/wallet", subject.kind === "enterprise" && `/for/${subject.id}`, licenceId && `/${licenceId}`].filter(Boolean).join("");
}
