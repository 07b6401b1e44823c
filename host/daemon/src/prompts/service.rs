//! Speech by an HTTP service: a POST of a JSON object with `text`, `language` and `voice`, answered with sound.

use switchhook_wasm::outside::Outside;
use switchhook_wasm::spec::{Grants, HostGrant};

use crate::prompts::speech::{Speaking, SpeechEngine, Utterance};

/// A service that speaks.
#[derive(Debug)]
pub(super) struct Service {
    outside: Outside,
    url: String,
    authorization: Option<String>,
    limit: usize,
}

impl Service {
    /// The service at a URL. It may give `limit` bytes.
    pub(super) fn new(url: String, authorization: Option<String>, limit: usize) -> Service {
        // The operator has named it: it may be anywhere.
        let hosts = HostGrant::anywhere_of(&url).into_iter().collect();
        Service {
            outside: Outside::new(Grants { hosts }),
            url,
            authorization,
            limit,
        }
    }

    async fn ask(&self, utterance: &Utterance) -> Result<Vec<u8>, String> {
        let body = serde_json::json!({
            "text": utterance.text,
            "language": utterance.language,
            "voice": utterance.voice,
        });
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "audio/*"),
            ("user-agent", "switchhook"),
        ];
        let authorization = self.authorization.as_deref();
        headers.extend(authorization.map(|value| ("authorization", value)));
        let body = body.to_string().into();
        let answer = self
            .outside
            .send(&self.url, &headers, Some(body), self.limit);
        let answer = answer.await?;
        if answer.status != 200 {
            return Err(format!("{} answers {}", self.url, answer.status));
        }
        Ok(answer.body.into())
    }
}

impl SpeechEngine for Service {
    fn name(&self) -> String {
        self.url.clone()
    }

    fn speak(&self, utterance: Utterance) -> Speaking<'_> {
        Box::pin(async move { self.ask(&utterance).await })
    }
}
