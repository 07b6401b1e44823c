// {{name}}: the switch calls `route` for every call that reaches it.

import { directory, log, next, ring, settings, voicemail, type Answer } from "switchhook";

export function route(): Answer {
  const desk = settings.get<string>("/desk");
  if (desk === undefined) {
    return next();
  }
  if (!directory.registered(desk)) {
    log.info(`${desk} is away`);
    return voicemail(desk);
  }
  return [ring(desk).within(settings.get<number>("/ring_seconds") ?? 30), voicemail(desk)];
}
