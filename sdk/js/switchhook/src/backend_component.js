// The host inside a component. The build leaves out what the plugin does not use: it names only the imports that are needed.

export { default as log } from "switchhook:plugin/log@0.2.0";
export { default as settings } from "switchhook:plugin/settings@0.2.0";
export { default as state } from "switchhook:plugin/state@0.2.0";
export { default as directory } from "switchhook:plugin/directory@0.2.0";
export { default as http } from "switchhook:plugin/http@0.2.0";
export { default as time } from "switchhook:plugin/time@0.2.0";
export { default as metrics } from "switchhook:plugin/metrics@0.2.0";
export { default as random } from "wasi:random/random@0.2.12";
