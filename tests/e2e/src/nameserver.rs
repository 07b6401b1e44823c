//! A name server with a zone of a few records, over UDP. It knows neither compression of its answers' names nor anything that a
//! resolver could do without.

use std::net::{IpAddr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// A record's data.
#[derive(Debug, Clone)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// SRV: priority, weight, port, target.
    Srv(u16, u16, u16, &'static str),
    /// NAPTR: order, preference, service, replacement; the flag is `s`.
    Naptr(u16, u16, &'static str, &'static str),
}

/// See the module. Dropping it ends it.
pub struct NameServer {
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl NameServer {
    /// Starts with these records.
    ///
    /// # Panics
    /// No port can be had.
    pub async fn start(zone: Vec<(&'static str, Data)>) -> NameServer {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = answer(&zone, &buffer[..length]) {
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        NameServer { address, task }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer to a query (RFC 1035 §4.1).
fn answer(zone: &[(&'static str, Data)], query: &[u8]) -> Option<Vec<u8>> {
    let mut name = String::new();
    let mut at = 12;
    loop {
        let length = usize::from(*query.get(at)?);
        let label = query.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
    }
    let kind = u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]);
    let question = query.get(12..at + 4)?;
    let of_name: Vec<_> = zone.iter().filter(|(owner, _)| *owner == name).collect();
    let found: Vec<_> = (of_name.iter())
        .filter_map(|(_, data)| written(data).filter(|(of_kind, _)| *of_kind == kind))
        .collect();
    let status = if of_name.is_empty() { 0x83 } else { 0x80 };
    let mut answer = vec![query[0], query[1], 0x85, status, 0, 1];
    answer.extend((found.len() as u16).to_be_bytes());
    answer.extend([0, 0, 0, 0]);
    answer.extend(question);
    for (kind, data) in found {
        // The owner is the question's name.
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend((data.len() as u16).to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

fn written(data: &Data) -> Option<(u16, Vec<u8>)> {
    let numbers = |all: &[u16]| -> Vec<u8> { all.iter().flat_map(|n| n.to_be_bytes()).collect() };
    Some(match data {
        Data::Address(IpAddr::V4(address)) => (1, address.octets().to_vec()),
        Data::Address(IpAddr::V6(address)) => (28, address.octets().to_vec()),
        Data::Srv(priority, weight, port, target) => (
            33,
            [numbers(&[*priority, *weight, *port]), labels(target)].concat(),
        ),
        Data::Naptr(order, preference, service, replacement) => {
            let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
            let parts = [
                numbers(&[*order, *preference]),
                text("s"),
                text(service),
                text(""),
                labels(replacement),
            ];
            (35, parts.concat())
        }
    })
}

fn labels(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
