// How a message went beside the inbox, in few words.

import { dayAndTime, h, t } from "../../kit.js";

/** A line beneath a message that was to be pushed somewhere; nothing for others. */
export function deliveryLine({ delivery, created_at: created }) {
  if (!delivery) return null;
  const words = t(`delivery.${delivery.state}`, { place: t(`delivery.place.${delivery.channel}`) });
  const [time, ofMessage] = [delivery.at, created].map(dayAndTime);
  // What went out at once has the message's own time, which stands above.
  const isLater = (delivery.state === "accepted" || delivery.state === "sent") && time !== ofMessage;
  const said = isLater ? `${words} · ${time}` : words;
  return h("p", { class: "soft tiny", "data-delivery": delivery.state }, said);
}
