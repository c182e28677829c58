// How a message went beside the inbox, in few words.

import { dayAndTime, h, t } from "../../kit.js";

/** A line beneath a message that was to be pushed somewhere; nothing for others. */
export function deliveryLine({ delivery }) {
  if (!delivery) return null;
  const words = t(`delivery.${delivery.state}`, { place: t(`delivery.place.${delivery.channel}`) });
  const said = delivery.state === "accepted" || delivery.state === "sent" ? `${words} · ${dayAndTime(delivery.at)}` : words;
  return h("p", { class: "soft tiny", "data-delivery": delivery.state }, said);
}
