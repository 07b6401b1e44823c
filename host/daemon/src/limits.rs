//! Every limit of the daemon that the configuration cannot change.

use std::time::Duration;

/// The largest datagram that is read.
pub const DATAGRAM_BYTES: usize = 65_535;
/// What is asked of the kernel as receive and send buffer of a UDP socket; `net.core.rmem_max` may give less.
pub const SOCKET_BUFFER_BYTES: usize = 8 << 20;
/// Datagrams read from one socket before the others and the exchange get their turn.
pub const DATAGRAMS_PER_TURN: usize = 64;
/// Messages handled before the sockets are looked at again.
pub const MESSAGES_PER_TURN: usize = 32;
/// Messages that may wait for the exchange; beyond it requests are refused statelessly and the rest dropped.
pub const WAITING_MESSAGES: usize = 8_192;
/// Messages of all connections that may wait for the loop; then the connections are not read.
pub const STREAM_MESSAGES: usize = 1_024;
/// Stream connections at once, in and out.
pub const CONNECTIONS: usize = 20_000;
/// Messages that may wait to be written to one connection; then it is closed.
pub const CONNECTION_QUEUE: usize = 256;
/// How long a connection may be silent. Longer than the longest usual registration.
pub const CONNECTION_IDLE: Duration = Duration::from_secs(65 * 60);
/// How long a begun message may take to arrive, and a written one to leave.
pub const CONNECTION_STALL: Duration = Duration::from_secs(30);
/// How long the handshake of TLS or of a WebSocket may take.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often a WebSocket is pinged; one from which nothing came meanwhile is closed.
pub const WEBSOCKET_PING: Duration = Duration::from_secs(30);
/// The largest WebSocket message: the largest SIP message.
pub const WEBSOCKET_MESSAGE_BYTES: usize = 64 << 10;
/// How long connecting may take: less than an address is waited for before the next one is tried.
pub const CONNECT: Duration = Duration::from_secs(3);
/// How long resolving a name may take, with all the questions that it needs.
pub const RESOLVE: Duration = Duration::from_secs(6);
/// Names whose last addresses are kept for when no name server answers.
pub const NAMES_REMEMBERED: usize = 4_096;
/// Names being resolved at once; further ones fail at once.
pub const RESOLVING: usize = 256;
/// Packets that may wait for one of the recorder's threads: bytes. Half a minute of a hundred calls.
pub const RECORDED_BYTES_WAITING: usize = 32 << 20;
/// A recording that finds no room for its packets for so long has failed.
pub const RECORDING_STUCK: Duration = Duration::from_secs(10);
/// A recording that is shorter is none.
pub const SHORTEST_RECORDING: Duration = Duration::from_millis(200);
/// How often recordings and messages are looked through for those that are old enough to go.
pub const RECORDINGS_SWEEP: Duration = Duration::from_secs(3_600);
/// Call records that may wait for the disk; further ones are dropped and counted.
pub const WAITING_RECORDS: usize = 10_000;
/// How long a record waits for others before it is written.
pub const RECORDS_SETTLE: Duration = Duration::from_millis(50);
/// Pieces of state that may wait for the disk; further ones are dropped and counted.
pub const WAITING_STATE: usize = 100_000;
/// How long a piece of state waits for others before it is written: so much is lost when the process is killed.
pub const STATE_SETTLE: Duration = Duration::from_millis(50);
/// How long written state may wait until it is on the disk itself: so much more is lost when the power fails.
pub const STATE_SYNC: Duration = Duration::from_secs(1);
/// Bytes of changes after which the state file is written anew, besides as many as it had then.
pub const STATE_BYTES: u64 = 4 << 20;
/// Connections to the control socket at once.
pub const CONTROL_CONNECTIONS: usize = 16;
/// Contacts that one `switchhook registration list` shows.
pub const REGISTRATIONS_LISTED: usize = 10_000;
/// The longest line that the control socket reads.
pub const CONTROL_LINE_BYTES: u64 = 64 * 1024;
/// How long after a change the watcher waits before it acts, whatever comes meanwhile: a deployment touches several files.
pub const WATCH_SETTLE: Duration = Duration::from_millis(30);
/// What a stateless 503 says in Retry-After, in seconds.
pub const RETRY_AFTER_SECONDS: u32 = 2;
/// Mistakes of one plugin's settings that are told at once.
pub const VIOLATIONS: usize = 20;
/// Variables that one route sets.
pub const ROUTE_VARIABLES: usize = 32;
/// Events that may wait for observers in all; beyond it the oldest ones of a call are dropped and counted.
pub const WAITING_EVENTS: usize = 10_000;
/// Calls whose events are told to observers at once.
pub const OBSERVED_AT_ONCE: usize = 256;
/// How long a shutdown waits for observers to be told what happened last.
pub const OBSERVERS_FLUSH: Duration = Duration::from_secs(5);
/// How long a shutdown waits for the calls that it ends to be over.
pub const HANG_UP_ALL: Duration = Duration::from_secs(3);

/// How many names of a peer's certificate are looked at.
pub const CERTIFICATE_NAMES: usize = 64;
/// How long the doctor waits for what the media threads of one loop tell.
pub const OBSERVE: Duration = Duration::from_secs(1);
/// Prompts that may be waited for; further ones fail at once.
pub const PROMPTS_WAITING: usize = 4_096;
/// Prompts that are decoded at once. Each may take as much memory as its file and its samples.
pub const PROMPTS_DECODING: usize = 2;
/// How long decoding one may take.
pub const PROMPT_DECODE: Duration = Duration::from_secs(20);
/// How often one URL may refer to another.
pub const PROMPT_REDIRECTS: usize = 5;
/// How long what a URL gave need not be asked for again if its server says nothing about it.
pub const PROMPT_FRESH: Duration = Duration::from_secs(60);
/// How long it need not be asked for again, whatever its server says.
pub const PROMPT_FRESH_MOST: Duration = Duration::from_secs(30 * 86_400);
/// How long a caller waits for a server to say whether a copy is still good.
pub const PROMPT_REVALIDATE: Duration = Duration::from_secs(2);
/// How long after that it is not asked again.
pub const PROMPT_RETRY: Duration = Duration::from_secs(30);
