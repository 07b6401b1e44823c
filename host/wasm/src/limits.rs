//! Every limit of the plugin host that does not depend on configuration, and the defaults of those that do.

use std::time::Duration;

/// Default CPU time of one decision.
pub const CPU: Duration = Duration::from_millis(20);
/// Default wall-clock time of one decision, host calls included.
pub const WALL: Duration = Duration::from_secs(2);
/// Default linear memory of one instance: bytes.
pub const MEMORY_BYTES: usize = 64 << 20;
/// Largest linear memory that a budget can give: bytes. It bounds the address space of a pool slot.
pub const MEMORY_BYTES_MAX: usize = 1 << 30;
/// Elements of one table of an instance.
pub const TABLE_ELEMENTS: usize = 100_000;
/// Default number of decisions that are under way at once.
pub const CONCURRENT_DECISIONS: u32 = 1_000;
/// Default number of warm instances that may be idle at once, all plugins together.
pub const WARM_INSTANCES: u32 = 256;
/// The interval of the epoch ticker, and so the grain of CPU time.
pub const TICK: Duration = Duration::from_millis(1);

/// Largest component file: bytes.
pub const COMPONENT_BYTES: u64 = 64 << 20;
/// Largest settings document: bytes of JSON.
pub const SETTINGS_BYTES: usize = 4 << 20;

/// Verbs in one script.
pub const VERBS: usize = 32;
/// Targets of one `connect`.
pub const TARGETS: usize = 32;
/// Header fields added by one verb.
pub const HEADERS: usize = 32;
/// Variables handed on by one plugin.
pub const VARIABLES: usize = 64;
/// Variables of a call, all plugins together.
pub const CALL_VARIABLES: usize = 128;
/// Names of headers, variables and plugins: bytes.
pub const NAME_BYTES: usize = 128;
/// Usernames, numbers and trunk names: bytes.
pub const NUMBER_BYTES: usize = 256;
/// A SIP URI: bytes.
pub const URI_BYTES: usize = 512;
/// Values of headers and variables: bytes.
pub const VALUE_BYTES: usize = 1_024;
/// A reason phrase: bytes.
pub const REASON_BYTES: usize = 128;
/// Longest time a destination may ring: seconds.
pub const RING_SECONDS: u32 = 600;
/// Longest pause: milliseconds.
pub const PAUSE_MILLISECONDS: u32 = 60_000;
/// Prompts of one verb.
pub const PROMPTS: usize = 16;
/// How often an announcement is played.
pub const ANNOUNCE_TIMES: u32 = 100;
/// The keys of a telephone: as many as a list of them can name.
pub const KEYS: usize = 16;
/// Keys that are collected or sent at once.
pub const DIGITS: u32 = 64;
/// Shortest and longest key that is sent: milliseconds.
pub const DIGIT_MILLISECONDS: (u32, u32) = (40, 1_000);
/// Longest tone: milliseconds.
pub const TONE_MILLISECONDS: u32 = 60_000;
/// A path in the media folder: bytes.
pub const MEDIA_PATH_BYTES: usize = 512;
/// The URL of a prompt or of a stream: bytes.
pub const MEDIA_URL_BYTES: usize = 2_048;
/// Words to be spoken: bytes.
pub const SPEECH_BYTES: usize = 4_096;
/// Skills that a queue's agent must have.
pub const SKILLS: usize = 16;
/// Longest time in a queue: seconds.
pub const QUEUE_SECONDS: u32 = 86_400;
/// Longest message: seconds.
pub const MESSAGE_SECONDS: u32 = 3_600;
/// Longest silence that ends a message: seconds.
pub const SILENCE_SECONDS: u32 = 60;
/// Parameters of a stream.
pub const PARAMETERS: usize = 32;
/// Codecs that a gatekeeper names for a client.
pub const CODECS: usize = 16;
/// Entries of the dialplan that a gatekeeper gives to a client.
pub const DIALPLAN_ENTRIES: usize = 64;
/// Plugins of one entry of it.
pub const DIALPLAN_PLUGINS: usize = 8;
/// Variables of one entry of it.
pub const DIALPLAN_VARIABLES: usize = 16;
/// An error text of a plugin or of a trap, as it is kept: bytes.
pub const ERROR_TEXT: usize = 1_024;

/// Agents that one look-up of a plugin returns.
pub const AGENTS: usize = 1_000;

/// Series of one plugin's metrics.
pub const METRIC_SERIES: usize = 100;
/// The name of a series or a label: bytes.
pub const METRIC_NAME_BYTES: usize = 64;
/// The value of a label: bytes.
pub const METRIC_LABEL_BYTES: usize = 128;
/// Upper bounds of a histogram's buckets: seconds. What is longer counts in the sum and the count alone.
pub const METRIC_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// A log line of a plugin: bytes.
pub const LOG_LINE_BYTES: usize = 2_048;
/// Log lines of one decision.
pub const LOG_LINES: u32 = 64;

/// A key in a plugin's state: bytes.
pub const STATE_KEY_BYTES: usize = 256;
/// A value in a plugin's state: bytes.
pub const STATE_VALUE_BYTES: usize = 64 << 10;
/// Default number of keys in a plugin's state.
pub const STATE_KEYS: usize = 10_000;
/// Default size of a plugin's state, keys and values together: bytes.
pub const STATE_BYTES: usize = 16 << 20;

/// The body of an HTTP request of a plugin: bytes.
pub const HTTP_REQUEST_BODY: usize = 1 << 20;
/// Default size of the body of an HTTP response: bytes.
pub const HTTP_RESPONSE_BODY: usize = 1 << 20;
/// Header fields of an HTTP request or response.
pub const HTTP_HEADERS: usize = 64;
/// A URL: bytes.
pub const HTTP_URL_BYTES: usize = 8 << 10;
/// Idle connections kept for one host and port.
pub const HTTP_IDLE_CONNECTIONS: usize = 64;
/// How long an idle connection is kept.
pub const HTTP_IDLE: Duration = Duration::from_secs(15);
/// HTTP requests of one decision, both ways of asking together.
pub const HTTP_REQUESTS: u32 = 32;
