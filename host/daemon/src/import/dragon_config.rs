//! The configuration file of Dragon PBX as it is read: its domains with their clients and trunks, in either of its two forms.
//! Keys that are not known are kept by name, so that they can be reported.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct DragonConfig {
    /// Its domains.
    pub domains: Domains,
    /// Everything else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// The domains by their names, in the order of the file.
#[derive(Debug)]
pub struct Domains(pub Vec<(String, Domain)>);

/// One domain.
#[derive(Debug, Deserialize)]
pub struct Domain {
    /// Its name, in the form where `domains` is an array.
    #[serde(default)]
    pub domain: Option<String>,
    /// Who may register.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// Its carriers.
    #[serde(default)]
    pub trunks: Vec<Trunk>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// A client, or a pattern of clients.
#[derive(Deserialize)]
pub struct Client {
    /// Its username, or a pattern.
    pub username: String,
    /// Where is asked whether it may register.
    #[serde(default)]
    pub reghook: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<String>,
    /// What its calls lead to.
    #[serde(default)]
    pub dialplan: Option<Ordered<Hook>>,
    /// The codecs that it prefers.
    #[serde(default)]
    pub codecs: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// A carrier.
#[derive(Debug, Deserialize)]
pub struct Trunk {
    /// What applications call it by.
    #[serde(default)]
    pub id: Option<Value>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Where its calls come from.
    #[serde(default)]
    pub inbound: Vec<String>,
    /// Where calls to it go.
    #[serde(default)]
    pub outbound: Option<Outbound>,
    /// What its calls lead to.
    #[serde(default)]
    pub dialplan: Option<Ordered<Hook>>,
    /// The codecs that it prefers.
    #[serde(default)]
    pub codecs: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// Where calls to a carrier go.
#[derive(Deserialize)]
pub struct Outbound {
    /// Host, perhaps with a port.
    pub host: String,
    /// Our name there.
    #[serde(default)]
    pub username: Option<String>,
    /// Our password there.
    #[serde(default)]
    pub password: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// What a pattern leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Hook {
    /// The URL of CallHook.
    Call(String),
    /// The URLs of CallHook and StatusHook.
    Both {
        /// CallHook.
        #[serde(rename = "callHook")]
        call: String,
        /// StatusHook.
        #[serde(rename = "statusHook", default)]
        status: Option<String>,
    },
}

impl Hook {
    /// The URL of CallHook.
    pub fn call(&self) -> &str {
        match self {
            Hook::Call(call) | Hook::Both { call, .. } => call,
        }
    }

    /// The URL of StatusHook.
    pub fn status(&self) -> Option<&str> {
        match self {
            Hook::Call(_) => None,
            Hook::Both { status, .. } => status.as_deref(),
        }
    }
}

/// An object whose order matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ordered<V>(pub Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Ordered<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ordered<V>, D::Error> {
        struct Members<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Ordered<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered<V>, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Domains {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Domains, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Domains;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of domains by name, or an array of domains")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Domains, M::Error> {
                let mut domains = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    domains.push(entry);
                }
                Ok(Domains(domains))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Domains, S::Error> {
                let mut domains = Vec::new();
                while let Some(domain) = seq.next_element::<Domain>()? {
                    let missing = || de::Error::missing_field("domain");
                    let name = domain.domain.clone().ok_or_else(missing)?;
                    domains.push((name, domain));
                }
                Ok(Domains(domains))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
