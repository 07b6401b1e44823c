//! rtpengine (Debian's package rtpengine-daemon) in userspace with one thread, as something to be measured beside: started here and told
//! of calls by its control protocol ("ng": bencoded dictionaries over UDP).

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::server::Server;

/// A running rtpengine with calls that are up.
pub struct RtpEngine {
    server: Server,
    ports: Vec<[SocketAddrV4; 2]>,
}

impl RtpEngine {
    /// Starts it, with a call for each pair of phones. `None`: it is not installed.
    ///
    /// # Errors
    /// It does not do what it is told.
    pub fn start(phones: &[[SocketAddr; 2]]) -> io::Result<Option<RtpEngine>> {
        let control = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new("rtpengine");
        command
            .args(["--foreground", "--table=-1", "--num-threads=1"])
            .args(["--interface=127.0.0.1", "--port-min=10000"])
            .args(["--port-max=32000", "--log-level=3", "--log-stderr"])
            .arg(format!("--listen-ng={control}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = match Server::start(&mut command) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            server => server?,
        };
        let mut engine = RtpEngine {
            server,
            ports: Vec::new(),
        };
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(control)?;
        socket.set_read_timeout(Some(Duration::from_millis(500)))?;
        for (call, phones) in phones.iter().enumerate() {
            let call_id = format!("call{call}");
            let [caller, callee] = phones.map(|phone| description(phone.port()));
            // What the caller says goes to the called side with the port at which that one is to send, and the other way round.
            let at_callee = ask(&socket, &call_id, "offer", &[("sdp", &caller)])?;
            let more = [("to-tag", "b"), ("sdp", callee.as_str())];
            let at_caller = ask(&socket, &call_id, "answer", &more)?;
            engine.ports.push([at_caller, at_callee]);
        }
        Ok(Some(engine))
    }

    /// Where the phones send to.
    pub fn ports(&self) -> &[[SocketAddrV4; 2]] {
        &self.ports
    }

    /// The CPU time of its threads so far, in nanoseconds.
    pub fn cpu_nanoseconds(&self) -> u64 {
        let folder = format!("/proc/{}/task", self.server.pid());
        let threads = std::fs::read_dir(folder).into_iter().flatten().flatten();
        threads
            .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
            .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
            .sum()
    }
}

fn description(port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
}

/// Tells it of a side, and reads from its answer where the other one is to send.
fn ask(
    socket: &UdpSocket,
    call_id: &str,
    command: &str,
    more: &[(&str, &str)],
) -> io::Result<SocketAddrV4> {
    let mut entries = vec![
        ("call-id", call_id),
        ("command", command),
        ("from-tag", "a"),
    ];
    entries.extend(more);
    let text = |text: &str| format!("{}:{text}", text.len());
    let entries: String = entries
        .iter()
        .map(|(name, value)| text(name) + &text(value))
        .collect();
    let request = format!("{command}-{call_id} d{entries}e");
    let mut answer = [0; 8_192];
    // It may still be starting.
    for _ in 0..20 {
        if socket.send(request.as_bytes()).is_err() {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        }
        let Ok(length) = socket.recv(&mut answer) else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        let answer = String::from_utf8_lossy(&answer[..length]);
        let port = answer.split("m=audio ").nth(1);
        let port = port.and_then(|rest| rest.split(' ').next()?.parse().ok());
        return match port {
            Some(port) => Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)),
            None => Err(io::Error::other(format!("rtpengine said {answer}"))),
        };
    }
    Err(io::Error::other("rtpengine does not answer"))
}
