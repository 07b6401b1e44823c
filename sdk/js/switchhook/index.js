// The package `switchhook`: what a plugin says (verbs, decisions) and what it asks (log, settings, state …).

export {
  announce, answer, checked, client, conference, connect, delegate, enqueue, file, gather, grant, ha1, next, password, pause,
  pauseRecording, proceed, recordMessage, redial, refuse, respond, ring, ringGroup, say, script, sendDigits, sequential,
  setVariable, startRecording, stopRecording, stream, tone, trunk, uri, url, voicemail,
} from "./src/verbs.js";
export { directory, http, HttpError, log, metrics, random, settings, state, StateError, time } from "./src/host.js";
