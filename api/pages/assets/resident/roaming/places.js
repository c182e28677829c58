// Where the page's address leads among other provinces.

const ROAMING = /^#\/roaming(?:\/([1-9]\d))?$/;

/** {province} of the address, null where it names none; null where it is elsewhere. */
export function roamingInAddress() {
  const found = ROAMING.exec(location.hash);
  return found && { province: found[1] ?? null };
}

/** The address of a province. */
export const addressOf = (province) => `#/roaming/${province}`;
