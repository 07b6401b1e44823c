//! Questions of `sip::locate` to the DNS, and its records as answers. The hosts file comes before the DNS; records live in a cache as long as
//! they say.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use switchhook_sip::locate::{Answer, Naptr, Query, Srv};

use crate::config::settings::Dns;

/// Who is asked.
pub(super) struct Names {
    /// `None`: there is no name server, and not even a hosts file.
    resolver: Option<TokioResolver>,
}

impl Names {
    pub(super) fn new(dns: &Dns) -> Names {
        let provider = TokioRuntimeProvider::default();
        let mut builder = if dns.servers.is_empty() {
            TokioResolver::builder_tokio().unwrap_or_else(|error| {
                tracing::warn!(%error, "the system names no name server: only the hosts file resolves names");
                TokioResolver::builder_with_config(ResolverConfig::default(), provider)
            })
        } else {
            let servers = dns.servers.iter().map(|server| {
                let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
                for connection in &mut connections {
                    connection.port = server.port();
                }
                NameServerConfig::new(server.ip(), true, connections)
            });
            let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
            let mut builder = TokioResolver::builder_with_config(config, provider);
            *builder.options_mut() = ResolverOpts::default();
            builder.options_mut().server_ordering_strategy =
                ServerOrderingStrategy::UserProvidedOrder;
            builder
        };
        builder.options_mut().timeout = dns.timeout;
        let resolver = builder.build();
        if let Err(error) = &resolver {
            tracing::error!(%error, "names cannot be resolved");
        }
        Names {
            resolver: resolver.ok(),
        }
    }

    /// The answer to a question, and whether it is one: nothing found is an answer, silence is none.
    pub(super) async fn ask(&self, query: &Query) -> (Answer, bool) {
        match query {
            Query::Naptr(name) => {
                let found = self.records(name, RecordType::NAPTR).await;
                let records = found.iter().flatten().filter_map(naptr);
                (Answer::Naptr(records.collect()), found.is_some())
            }
            Query::Srv(name) => {
                let found = self.records(name, RecordType::SRV).await;
                let records = found.iter().flatten().filter_map(srv);
                (Answer::Srv(records.collect()), found.is_some())
            }
            Query::Addresses(host) => {
                let Some(resolver) = &self.resolver else {
                    return (Answer::Addresses(Vec::new()), false);
                };
                match resolver.lookup_ip(absolute(host)).await {
                    Ok(found) => (Answer::Addresses(found.iter().collect()), true),
                    Err(error) => (Answer::Addresses(Vec::new()), is_answer(&error)),
                }
            }
        }
    }

    async fn records(&self, name: &str, kind: RecordType) -> Option<Vec<RData>> {
        let resolver = self.resolver.as_ref()?;
        match resolver.lookup(absolute(name), kind).await {
            Ok(found) => {
                let records = found.answers().iter();
                Some(records.map(|record| record.data.clone()).collect())
            }
            Err(error) => is_answer(&error).then(Vec::new),
        }
    }
}

/// A name with a dot in it is a whole one: no search domain is put behind it.
fn absolute(name: &str) -> String {
    if name.contains('.') && !name.ends_with('.') {
        format!("{name}.")
    } else {
        name.to_owned()
    }
}

fn is_answer(error: &NetError) -> bool {
    let is_answer = error.is_no_records_found() || error.is_nx_domain();
    if !is_answer {
        tracing::debug!(%error, "a name server does not answer");
    }
    is_answer
}

fn naptr(record: &RData) -> Option<Naptr> {
    let RData::NAPTR(record) = record else {
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Naptr {
        order: record.order,
        preference: record.preference,
        flags: text(&record.flags),
        service: text(&record.services),
        replacement: plain(&record.replacement),
    })
}

fn srv(record: &RData) -> Option<Srv> {
    let RData::SRV(record) = record else {
        return None;
    };
    Some(Srv {
        priority: record.priority,
        weight: record.weight,
        port: record.port,
        target: plain(&record.target),
    })
}

/// The name without the dot at its end; the root keeps it.
fn plain(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some(plain) if !plain.is_empty() => plain.to_owned(),
        _ => text,
    }
}
