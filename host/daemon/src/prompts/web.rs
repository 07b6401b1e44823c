//! Prompts from URLs: HTTP with a copy on disk, which is asked about again when it may have changed and played when nobody answers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use switchhook_wasm::outside::{Answer, Outside};
use switchhook_wasm::spec::Grants;
use tokio::time::timeout;

use crate::limits;
use crate::prompts::disk::{Disk, Head};

/// Where prompts come from by HTTP.
#[derive(Debug)]
pub(super) struct Web {
    outside: Outside,
    disk: Option<Disk>,
    timeout: Duration,
    limit: usize,
}

/// What a URL gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    /// The content.
    pub(super) body: Bytes,
    /// For how long it need not be asked for again.
    pub(super) fresh_for: Duration,
}

/// What an answer says about keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Keeping {
    fresh_seconds: u64,
    on_disk: bool,
}

impl Web {
    pub(super) fn new(grants: Grants, disk: Option<Disk>, timeout: Duration, limit: usize) -> Web {
        Web {
            outside: Outside::new(grants),
            disk,
            timeout,
            limit,
        }
    }

    /// What a URL gives, or gave when it was asked last.
    ///
    /// # Errors
    /// There is no copy, and nothing that can be used came back. A sentence.
    pub(super) async fn get(&self, url: &str) -> Result<Fetched, String> {
        let copy = self.copy(url).await;
        if let Some((head, body)) = &copy {
            let age = now().saturating_sub(head.asked);
            if age < head.fresh_seconds {
                let fresh_for = Duration::from_secs(head.fresh_seconds - age);
                let body = body.clone();
                return Ok(Fetched { body, fresh_for });
            }
        }
        // Who has a copy does not let a caller wait long for a server that is down.
        let patience = match copy {
            Some(_) => self.timeout.min(limits::PROMPT_REVALIDATE),
            None => self.timeout,
        };
        let asked = self.ask(url, copy.as_ref().map(|(head, _)| head));
        let why = match timeout(patience, asked).await {
            Ok(Ok(answer)) if answer.status == 304 && copy.is_some() => None,
            Ok(Ok(answer)) if answer.status == 200 => {
                return Ok(self.fetched(url, answer).await);
            }
            Ok(Ok(answer)) => Some(format!("{url} answers {}", answer.status)),
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("{url} does not answer within {patience:?}")),
        };
        match (copy, why) {
            (Some((head, body)), None) => {
                let fresh_for = Duration::from_secs(head.fresh_seconds);
                let head = Head {
                    asked: now(),
                    ..head
                };
                self.keep(head, body.clone()).await;
                Ok(Fetched { body, fresh_for })
            }
            (Some((_, body)), Some(why)) => {
                tracing::warn!(%why, "an old copy of a prompt is played");
                let fresh_for = limits::PROMPT_RETRY;
                Ok(Fetched { body, fresh_for })
            }
            (None, why) => Err(why.unwrap_or_default()),
        }
    }

    /// Asks the server, and whom it refers to.
    async fn ask(&self, url: &str, copy: Option<&Head>) -> Result<Answer, String> {
        let mut headers = vec![
            ("user-agent", "switchhook"),
            ("accept", "audio/*, */*;q=0.5"),
        ];
        let etag = copy.and_then(|head| head.etag.as_deref());
        let last_modified = copy.and_then(|head| head.last_modified.as_deref());
        headers.extend(etag.map(|etag| ("if-none-match", etag)));
        headers.extend(last_modified.map(|date| ("if-modified-since", date)));
        let mut url = url.to_owned();
        for _ in 0..=limits::PROMPT_REDIRECTS {
            let answer = self.outside.send(&url, &headers, None, self.limit).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let location = answer.header("location");
            let location = location.ok_or_else(|| format!("{url} refers to nothing"))?;
            let next = resolved(&url, &location);
            if url.starts_with("https:") && !next.starts_with("https:") {
                return Err(format!("{url} refers to {next}, which is not encrypted"));
            }
            url = next;
        }
        Err(format!("{url}: too many redirects"))
    }

    async fn fetched(&self, url: &str, answer: Answer) -> Fetched {
        let keeping = Keeping::of(answer.header("cache-control").as_deref());
        let head = Head {
            key: url.to_owned(),
            etag: answer.header("etag"),
            last_modified: answer.header("last-modified"),
            asked: now(),
            fresh_seconds: keeping.fresh_seconds,
        };
        if keeping.on_disk {
            self.keep(head, answer.body.clone()).await;
        }
        Fetched {
            body: answer.body,
            fresh_for: Duration::from_secs(keeping.fresh_seconds),
        }
    }

    async fn copy(&self, url: &str) -> Option<(Head, Bytes)> {
        let (disk, key, limit) = (self.disk.clone()?, url.to_owned(), self.limit);
        let read = tokio::task::spawn_blocking(move || disk.get(&key, limit));
        let (head, body) = read.await.ok()??;
        Some((head, body.into()))
    }

    async fn keep(&self, head: Head, body: Bytes) {
        let Some(disk) = self.disk.clone() else {
            return;
        };
        let write = tokio::task::spawn_blocking(move || disk.put(&head, &body));
        if let Ok(Err(error)) = write.await {
            tracing::warn!(%error, "a prompt cannot be kept on disk");
        }
    }
}

impl Keeping {
    /// What a Cache-Control field says (RFC 9111 §5.2.2), as far as it concerns a cache of our own.
    fn of(field: Option<&str>) -> Keeping {
        let mut keeping = Keeping {
            fresh_seconds: limits::PROMPT_FRESH.as_secs(),
            on_disk: true,
        };
        for directive in field.unwrap_or_default().split(',') {
            let directive = directive.trim().to_ascii_lowercase();
            match directive.split_once('=') {
                Some(("max-age", seconds)) => {
                    let seconds = seconds.trim_matches('"').parse();
                    let most = limits::PROMPT_FRESH_MOST.as_secs();
                    keeping.fresh_seconds = seconds.unwrap_or(0).min(most);
                }
                _ if directive == "no-store" => {
                    return Keeping {
                        fresh_seconds: 0,
                        on_disk: false,
                    };
                }
                _ if directive == "no-cache" => {
                    return Keeping {
                        fresh_seconds: 0,
                        ..keeping
                    };
                }
                _ => {}
            }
        }
        keeping
    }
}

/// The URL that a Location field means: a whole one, or a path of the same server.
fn resolved(url: &str, location: &str) -> String {
    if location.starts_with("http:") || location.starts_with("https:") {
        return location.to_owned();
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    if let Some(host) = location.strip_prefix("//") {
        return format!("{scheme}://{host}");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if location.starts_with('/') {
        return format!("{scheme}://{authority}{location}");
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{scheme}://{authority}{folder}/{location}")
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
