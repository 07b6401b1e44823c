// {{name}}: the switch calls `route` for every call that reaches it.

import { directory, log, next, ring, settings, voicemail } from "switchhook";

/** @type {import("switchhook").Route} */
export const route = () => {
  /** @type {string | undefined} */
  const desk = settings.get("/desk");
  if (desk === undefined) {
    return next();
  }
  if (!directory.registered(desk)) {
    log.info(`${desk} is away`);
    return voicemail(desk);
  }
  return [ring(desk).within(settings.get("/ring_seconds") ?? 30), voicemail(desk)];
};
