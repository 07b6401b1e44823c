//! Where a request for a host goes (RFC 3263 §4): which transport, which addresses, in what order. It says what to ask the DNS and is told
//! the answers; it asks nothing itself.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use rand_core::Rng;

use crate::flow::Transport;
use crate::limits;

/// What is to be located: the parts of a URI that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// A host name, or an address without brackets.
    pub host: &'a str,
    /// The port, if the URI names one.
    pub port: Option<u16>,
    /// The `transport` parameter, if the URI has one.
    pub transport: Option<Transport>,
    /// Whether it is a sips URI: only transports over TLS will do.
    pub secure: bool,
}

/// A question to the DNS.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Query {
    /// NAPTR records of a domain (RFC 3403).
    Naptr(String),
    /// SRV records of a name such as `_sip._udp.example.org` (RFC 2782).
    Srv(String),
    /// A and AAAA records of a host.
    Addresses(String),
}

/// The answer to a [`Query`]; records of a kind that was not asked for are ignored. Nothing found: empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// NAPTR records, in any order.
    Naptr(Vec<Naptr>),
    /// SRV records, in any order.
    Srv(Vec<Srv>),
    /// Addresses, preferred first.
    Addresses(Vec<IpAddr>),
}

/// A NAPTR record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// Lower comes first.
    pub order: u16,
    /// Among records of one order, lower comes first.
    pub preference: u16,
    /// `s`: the replacement is the name of SRV records. Others are passed over.
    pub flags: String,
    /// The service: `SIP+D2U`, `SIPS+D2T` …
    pub service: String,
    /// The name to ask next.
    pub replacement: String,
}

/// An SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower comes first.
    pub priority: u16,
    /// Among records of one priority, the share of the load.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host; `.` says that the service is not there.
    pub target: String,
}

/// One place to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The transport.
    pub transport: Transport,
    /// The address.
    pub address: SocketAddr,
}

/// A location under way: take [`Locate::query`], tell [`Locate::answer`], until there is no query; then
/// [`Locate::candidates`] has what was found. It ends after [`limits::LOCATE_QUERIES`] questions whatever the DNS says.
#[derive(Debug)]
pub struct Locate {
    /// What to ask, in order. The front is under way.
    open: VecDeque<Step>,
    found: Vec<Candidate>,
    supported: Vec<Transport>,
    host: String,
    /// Whether the domain has SRV records, be it to say that there is nothing.
    has_services: bool,
    asked: usize,
}

#[derive(Debug)]
enum Step {
    /// Which transports the domain wants.
    Naptr,
    /// Which hosts serve this transport.
    Srv { name: String, transport: Transport },
    /// The addresses of a host.
    Addresses {
        host: String,
        port: u16,
        transport: Transport,
    },
    /// The domain has no SRV records: the host itself (RFC 3263 §4.2).
    Otherwise { transport: Transport },
}

impl Locate {
    /// Begins. `supported` are the transports that can be used, preferred first; the first that fits is used where the URI and
    /// the DNS leave the choice.
    pub fn new(wanted: &Wanted<'_>, supported: &[Transport]) -> Locate {
        let usable: Vec<Transport> = supported
            .iter()
            .copied()
            .filter(|transport| !wanted.secure || is_secure(*transport))
            .collect();
        let mut locate = Locate {
            open: VecDeque::new(),
            found: Vec::new(),
            supported: usable,
            host: wanted.host.to_owned(),
            has_services: false,
            asked: 0,
        };
        locate.begin(wanted);
        locate
    }

    /// The question to ask now; `None` when it is over.
    pub fn query(&mut self) -> Option<Query> {
        if self.asked >= limits::LOCATE_QUERIES {
            self.open.clear();
        }
        while let Some(Step::Otherwise { transport }) = self.open.front() {
            let transport = *transport;
            self.open.pop_front();
            if !self.has_services && self.open.is_empty() {
                self.open.push_back(Step::Addresses {
                    host: self.host.clone(),
                    port: transport.default_port(),
                    transport,
                });
            }
        }
        let query = match self.open.front()? {
            Step::Naptr => Query::Naptr(self.host.clone()),
            Step::Srv { name, .. } => Query::Srv(name.clone()),
            Step::Addresses { host, .. } => Query::Addresses(host.clone()),
            Step::Otherwise { .. } => return None,
        };
        self.asked += 1;
        Some(query)
    }

    /// The answer to the last question.
    pub fn answer(&mut self, answer: Answer, rng: &mut impl Rng) {
        match (self.open.pop_front(), answer) {
            (Some(Step::Naptr), Answer::Naptr(records)) => self.naptr(records),
            (Some(Step::Naptr), _) => self.naptr(Vec::new()),
            (Some(Step::Srv { transport, .. }), Answer::Srv(records)) => {
                self.srv(transport, records, rng);
            }
            (
                Some(Step::Addresses {
                    port, transport, ..
                }),
                Answer::Addresses(addresses),
            ) => {
                for ip in addresses {
                    self.find(transport, SocketAddr::new(ip, port));
                }
            }
            (_, _) => {}
        }
    }

    /// What was found, to be tried in this order; empty if nothing was.
    pub fn candidates(self) -> Vec<Candidate> {
        self.found
    }

    /// RFC 3263 §4.1 and §4.2: what the URI itself settles.
    fn begin(&mut self, wanted: &Wanted<'_>) {
        let named = wanted
            .transport
            .map(|transport| secured(transport, wanted.secure));
        // "If the URI specifies a transport protocol in the transport parameter, that transport protocol SHOULD be used."
        if let Some(named) = named
            && !self.supported.contains(&named)
        {
            return;
        }
        let Some(default) = named.or_else(|| self.default_transport(wanted.secure)) else {
            return;
        };
        if let Ok(ip) = wanted.host.parse::<IpAddr>() {
            let port = wanted.port.unwrap_or(default.default_port());
            return self.find(default, SocketAddr::new(ip, port));
        }
        let host = wanted.host.to_owned();
        match (wanted.port, named) {
            // "If a port is present, the client performs an A or AAAA record lookup."
            (Some(port), _) => self.open.push_back(Step::Addresses {
                host,
                port,
                transport: default,
            }),
            (None, Some(transport)) => {
                self.open.extend(
                    service_name(transport, &host).map(|name| Step::Srv { name, transport }),
                );
                self.open.push_back(Step::Otherwise { transport });
            }
            (None, None) => {
                self.open.push_back(Step::Naptr);
                self.open.push_back(Step::Otherwise { transport: default });
            }
        }
    }

    fn naptr(&mut self, mut records: Vec<Naptr>) {
        records.sort_by_key(|record| (record.order, record.preference));
        let mut steps: Vec<Step> = records
            .into_iter()
            .filter(|record| record.flags.eq_ignore_ascii_case("s"))
            .filter_map(|record| {
                let transport = of_service(&record.service)?;
                self.supported.contains(&transport).then_some(Step::Srv {
                    name: record.replacement,
                    transport,
                })
            })
            .collect();
        if steps.is_empty() {
            // "If no NAPTR records are found, the client constructs SRV queries for those transport protocols it supports."
            let host = &self.host;
            let each = self.supported.iter();
            steps = each
                .filter_map(|transport| {
                    let name = service_name(*transport, host)?;
                    Some(Step::Srv {
                        name,
                        transport: *transport,
                    })
                })
                .collect();
        }
        for step in steps.into_iter().rev() {
            self.open.push_front(step);
        }
    }

    fn srv(&mut self, transport: Transport, records: Vec<Srv>, rng: &mut impl Rng) {
        self.has_services |= !records.is_empty();
        let ordered = by_priority_and_weight(records, rng);
        for record in ordered.into_iter().rev() {
            self.open.push_front(Step::Addresses {
                host: record.target,
                port: record.port,
                transport,
            });
        }
    }

    fn find(&mut self, transport: Transport, address: SocketAddr) {
        let destination = Candidate { transport, address };
        if self.found.len() < limits::LOCATE_CANDIDATES && !self.found.contains(&destination) {
            self.found.push(destination);
        }
    }

    /// "If the target is a numeric IP address … or an explicit port, the client SHOULD use UDP for a SIP URI, and TCP for a SIPS
    /// URI", the latter with TLS.
    fn default_transport(&self, secure: bool) -> Option<Transport> {
        let usual = if secure {
            Transport::Tls
        } else {
            Transport::Udp
        };
        let first = self.supported.first().copied();
        if self.supported.contains(&usual) {
            Some(usual)
        } else {
            first
        }
    }
}

/// RFC 2782: lower priorities first; within one, each next record is drawn with a chance as its weight.
fn by_priority_and_weight(mut records: Vec<Srv>, rng: &mut impl Rng) -> Vec<Srv> {
    records.retain(|record| record.target != "." && !record.target.is_empty());
    // "arrange all SRV RRs … in any order, except that all those with weight 0 are placed at the beginning".
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let same = records
            .iter()
            .take_while(|record| record.priority == priority);
        let total: u32 = same.clone().map(|record| u32::from(record.weight)).sum();
        let drawn = (u64::from(rng.next_u32()) * (u64::from(total) + 1)) >> 32;
        let mut sum = 0_u64;
        let at = same
            .into_iter()
            .position(|record| {
                sum += u64::from(record.weight);
                sum >= drawn
            })
            .unwrap_or(0);
        ordered.push(records.remove(at));
    }
    ordered
}

/// The SRV name of a transport at a domain (RFC 3263 §4.1, RFC 7118 §6).
fn service_name(transport: Transport, host: &str) -> Option<String> {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        // A WebSocket server is found by its URL, not by SIP's records.
        Transport::Ws | Transport::Wss => return None,
    };
    Some(format!("{prefix}.{host}"))
}

fn of_service(service: &str) -> Option<Transport> {
    let known = [
        ("SIP+D2U", Transport::Udp),
        ("SIP+D2T", Transport::Tcp),
        ("SIPS+D2T", Transport::Tls),
        ("SIP+D2W", Transport::Ws),
        ("SIPS+D2W", Transport::Wss),
    ];
    let found = known
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(service));
    found.map(|(_, transport)| *transport)
}

fn is_secure(transport: Transport) -> bool {
    matches!(transport, Transport::Tls | Transport::Wss)
}

/// `sips:…;transport=tcp` means TLS over TCP (RFC 3261 §26.2.2).
fn secured(transport: Transport, secure: bool) -> Transport {
    match transport {
        Transport::Tcp if secure => Transport::Tls,
        Transport::Ws if secure => Transport::Wss,
        other => other,
    }
}

#[cfg(test)]
mod tests;
