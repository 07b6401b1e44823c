//! Prompts of every kind, with a real folder, real programs and a real server on loopback.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use switchhook_media::audio::tone::Tone as Sine;
use switchhook_media::sound::tone::{Kind, cadence};
use switchhook_routing::prompt::{Speech as Words, Tone, ToneKind};
use switchhook_wasm::spec::Grants;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::*;
use crate::prompts::settings::{Engine, SpeechSettings};

/// A folder of one test, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("switchhook-shelf-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(path.join("media")).unwrap();
        Folder(path)
    }

    fn settings(&self) -> PromptSettings {
        PromptSettings {
            folder: Some(self.0.join("media")),
            cache: Some(self.0.join("cache")),
            ..PromptSettings::default()
        }
    }

    /// Settings with a program of these lines of shell as speech engine.
    fn speaking(&self, script: &str) -> PromptSettings {
        let path = self.0.join("speak.sh");
        std::fs::write(&path, script).unwrap();
        std::fs::write(self.0.join("said.wav"), wav(8_000, 800)).unwrap();
        let path = path.to_str().unwrap();
        let command = ["/bin/sh", path, "{language}", "--voice={voice}"];
        PromptSettings {
            speech: SpeechSettings {
                engine: Engine::Program {
                    command: command.map(str::to_owned).to_vec(),
                },
                ..SpeechSettings::default()
            },
            ..self.settings()
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join("media").join(name), bytes).unwrap();
    }

    fn lines(&self, name: &str) -> usize {
        let text = std::fs::read_to_string(self.0.join(name)).unwrap_or_default();
        text.lines().count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A tone of so many samples, as a WAV file.
fn wav(rate: u32, samples: usize) -> Vec<u8> {
    let mut tone = vec![0; samples];
    Sine::new(440.0, rate, 8_000.0).fill(&mut tone);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in tone {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn shelf(settings: PromptSettings) -> Shelf {
    Shelf::new(settings, Handle::current())
}

fn begin(
    shelf: &Shelf,
    prompt: &Prompt,
    rate: u32,
) -> oneshot::Receiver<Result<Item, PromptError>> {
    let (tell, told) = oneshot::channel();
    let domain = "example.org".into();
    shelf.load(prompt, &PromptContext { domain, rate }, move |result| {
        tell.send(result).unwrap();
    });
    told
}

async fn load(shelf: &Shelf, prompt: &Prompt, rate: u32) -> Result<Sound, String> {
    match begin(shelf, prompt, rate).await.unwrap() {
        Ok(Item::Sound(sound)) => Ok(sound),
        Ok(Item::Tone { .. }) => panic!("a tone"),
        Err(error) => Err(error.why),
    }
}

fn file(path: &str) -> Prompt {
    Prompt::File(path.to_owned())
}

fn say(text: &str) -> Prompt {
    Prompt::Speech(Words {
        text: text.to_owned(),
        language: None,
        voice: None,
    })
}

#[tokio::test]
async fn a_file_is_read_once_at_each_rate_and_again_when_it_has_changed() {
    let folder = Folder::new();
    folder.write("hello.wav", &wav(8_000, 800));
    let shelf = shelf(folder.settings());
    let first = load(&shelf, &file("hello.wav"), 8_000).await.unwrap();
    assert_eq!(first.samples().len(), 800);
    let again = load(&shelf, &file("hello.wav"), 8_000).await.unwrap();
    assert_eq!(
        first.samples().as_ptr(),
        again.samples().as_ptr(),
        "from memory"
    );
    let other = load(&shelf, &file("hello.wav"), 16_000).await.unwrap();
    assert_eq!(other.samples().len(), 1_600);
    assert_eq!(shelf.status().bytes, 2 * (800 + 1_600));
    folder.write("hello.wav", &wav(8_000, 400));
    let changed = load(&shelf, &file("hello.wav"), 8_000).await.unwrap();
    assert_eq!(changed.samples().len(), 400);
    std::fs::remove_file(folder.0.join("media/hello.wav")).unwrap();
    let gone = load(&shelf, &file("hello.wav"), 8_000).await.unwrap_err();
    assert!(gone.contains("hello.wav"), "{gone}");
}

#[tokio::test]
async fn what_is_no_sound_and_what_is_not_there_is_said_in_words() {
    let folder = Folder::new();
    folder.write("letter.txt", b"Dear caller");
    folder.write("long.wav", &wav(8_000, 8_001));
    let mut settings = folder.settings();
    settings.limits.seconds = 1;
    let shelf = shelf(settings);
    for (path, words) in [
        ("letter.txt", "neither WAV"),
        ("long.wav", "longer than 1 second"),
        ("no-such.wav", "No such file"),
        ("../secret.wav", "leads out of"),
        ("/etc/passwd", "leads out of"),
        (".", "no file"),
    ] {
        let error = load(&shelf, &file(path), 8_000).await.unwrap_err();
        assert!(error.contains(words), "{path}: {error}");
    }
    let without = Shelf::new(PromptSettings::default(), Handle::current());
    let error = load(&without, &file("a.wav"), 8_000).await.unwrap_err();
    assert!(error.contains("no `[media] folder`"), "{error}");
}

#[tokio::test]
async fn tones_are_there_at_once_and_of_the_domains_country() {
    let mut settings = PromptSettings::default();
    let locale = Locale {
        language: "de".to_owned(),
        country: "gb".to_owned(),
    };
    settings.domains.insert("example.org".to_owned(), locale);
    let shelf = shelf(settings);
    let tone = |country: Option<&str>| {
        let prompt = Prompt::Tone(Tone {
            kind: ToneKind::Busy,
            country: country.map(str::to_owned),
            milliseconds: 700,
        });
        match begin(&shelf, &prompt, 8_000).try_recv().unwrap().unwrap() {
            Item::Tone {
                cadence,
                milliseconds: 700,
            } => cadence,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(tone(None), cadence(Kind::Busy, "gb"));
    assert_eq!(tone(Some("us")), cadence(Kind::Busy, "us"));
}

const SPEAK: &str = r#"folder=$(dirname "$0")
printf '%s\n' "$*" >> "$folder/arguments"
cat > "$folder/text"
cat "$folder/said.wav"
"#;

#[tokio::test]
async fn words_are_spoken_once_whoever_asks_and_kept_on_disk() {
    let folder = Folder::new();
    let slow = SPEAK.replace("cat >", "sleep 0.2; cat >");
    let shelf_ = shelf(folder.speaking(&slow));
    let prompt = say("Good morning");
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            begin(
                &shelf_,
                &prompt,
                if number % 2 == 0 { 8_000 } else { 16_000 },
            )
        })
        .collect();
    assert_eq!(shelf_.status().waiting, 20);
    for told in waiting {
        told.await.unwrap().unwrap();
    }
    assert_eq!(shelf_.status().waiting, 0);
    assert_eq!(folder.lines("arguments"), 1, "it was spoken once");
    // After a restart it is still there.
    let shelf = shelf(folder.speaking(&slow));
    load(&shelf, &prompt, 8_000).await.unwrap();
    assert_eq!(folder.lines("arguments"), 1);
    load(&shelf, &say("Good evening"), 8_000).await.unwrap();
    assert_eq!(folder.lines("arguments"), 2);
}

#[tokio::test]
async fn a_text_is_never_an_argument_and_language_and_voice_are_never_options() {
    let folder = Folder::new();
    let mut settings = folder.speaking(SPEAK);
    settings
        .speech
        .voices
        .insert("de".to_owned(), "anna".to_owned());
    let shelf = shelf(settings);
    let speech = |text: &str, language: &str, voice: Option<&str>| {
        Prompt::Speech(Words {
            text: text.to_owned(),
            language: Some(language.to_owned()),
            voice: voice.map(str::to_owned),
        })
    };
    let text = "--help; $(touch /tmp/x) \"quoted\" 'too' äöü {voice}";
    load(&shelf, &speech(text, "de-AT", None), 8_000)
        .await
        .unwrap();
    assert_eq!(
        std::fs::read_to_string(folder.0.join("text")).unwrap(),
        text
    );
    let arguments = || std::fs::read_to_string(folder.0.join("arguments")).unwrap();
    assert_eq!(arguments(), "de-AT --voice=anna\n");
    load(&shelf, &speech("a", "fr", Some("Léa (neural)")), 8_000)
        .await
        .unwrap();
    assert!(
        arguments().ends_with("fr --voice=Léa (neural)\n"),
        "{}",
        arguments()
    );
    for (language, voice) in [
        ("-w/tmp/x", None),
        ("", None),
        ("de", Some("../voice")),
        ("de", Some("--x")),
        ("a\nb", None),
    ] {
        let error = load(&shelf, &speech("a", language, voice), 8_000)
            .await
            .unwrap_err();
        assert!(error.contains("is no name of a"), "{error}");
    }
    let long = "x".repeat(4_097);
    assert!(
        load(&shelf, &speech(&long, "de", None), 8_000)
            .await
            .is_err()
    );
    assert_eq!(folder.lines("arguments"), 2, "none of these was spoken");
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed_with_all_that_it_has_started() {
    let folder = Folder::new();
    let script = "sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; wait";
    let mut settings = folder.speaking(script);
    settings.speech.timeout = Duration::from_millis(400);
    let shelf = shelf(settings);
    let error = load(&shelf, &say("Never"), 8_000).await.unwrap_err();
    assert!(error.contains("longer than 400ms"), "{error}");
    let pid = std::fs::read_to_string(folder.0.join("pid")).unwrap();
    let process = Path::new("/proc").join(pid.trim());
    let is_gone = || {
        let status = std::fs::read_to_string(process.join("stat"));
        // Nobody may have waited for it: then it is a zombie.
        status.map_or(true, |status| status.contains(") Z"))
    };
    for _ in 0..500 {
        if is_gone() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} is still there", process.display());
}

#[tokio::test]
async fn speech_that_fails_says_why_and_something_else_is_heard() {
    let folder = Folder::new();
    folder.write("sorry.wav", &wav(8_000, 160));
    for (script, words) in [
        (
            "echo no such voice >&2; exit 3",
            "exit status: 3 no such voice",
        ),
        ("cat > /dev/null", "it said nothing"),
        ("echo hello", "neither WAV"),
        ("cat /dev/zero", "more than 100000 bytes"),
    ] {
        let mut settings = folder.speaking(script);
        settings.limits.bytes = 100_000;
        settings.speech.failed_prompt = Some(file("sorry.wav"));
        let shelf = shelf(settings);
        let error = begin(&shelf, &say("Hello"), 16_000)
            .await
            .unwrap()
            .unwrap_err();
        assert!(error.why.contains(words), "{}", error.why);
        match error.instead {
            Some(Item::Sound(sound)) => assert_eq!(sound.samples().len(), 320),
            other => panic!("{other:?}"),
        }
    }
    let mut settings = folder.settings();
    settings.speech.engine = Engine::Program {
        command: vec!["/no/such/program".to_owned()],
    };
    let error = begin(&shelf(settings), &say("Hello"), 8_000)
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.why.contains("cannot be started"), "{}", error.why);
    assert!(error.instead.is_none());
}

/// A web server on loopback that answers each request by the next of its answers, and tells what it was asked.
async fn serve(
    answers: Vec<String>,
) -> (
    String,
    mpsc::UnboundedReceiver<String>,
    tokio::task::JoinHandle<()>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let (tell, told) = mpsc::unbounded_channel();
    let serving = tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4_096];
            loop {
                let count = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..count]);
                let text = String::from_utf8_lossy(&request);
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head.lines().find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")
                        .map(str::to_owned)
                });
                if length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
                    break;
                }
            }
            tell.send(String::from_utf8_lossy(&request).into_owned())
                .unwrap();
            let (head, body) = match answer.split_once("WAV") {
                Some((head, samples)) => (head.to_owned(), wav(8_000, samples.parse().unwrap())),
                None => (answer, Vec::new()),
            };
            let length = body.len();
            let head =
                format!("HTTP/1.1 {head}Content-Length: {length}\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&body).await.unwrap();
            // Until the other side has closed too.
            let _ = stream.shutdown().await;
        }
    });
    (authority, told, serving)
}

fn answer(head: &str) -> String {
    head.replace('|', "\r\n")
}

fn web(folder: &Folder, authority: &str) -> PromptSettings {
    PromptSettings {
        hosts: Grants::parse([authority]).unwrap(),
        ..folder.settings()
    }
}

#[tokio::test]
async fn a_url_is_asked_again_only_when_its_time_is_over_and_sent_again_only_when_it_has_changed() {
    let folder = Folder::new();
    let (authority, mut asked, serving) = serve(vec![
        answer("200 OK|ETag: \"one\"|Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT|Cache-Control: max-age=0|WAV800"),
        answer("304 Not Modified||").replace("\r\n\r\n", "\r\n"),
        answer("200 OK|Cache-Control: max-age=3600|WAV400"),
    ])
    .await;
    let prompt = Prompt::Url(format!("http://{authority}/hold/music.wav?a=b"));
    let shelf_ = shelf(web(&folder, &authority));
    let first = load(&shelf_, &prompt, 8_000).await.unwrap();
    assert_eq!(first.samples().len(), 800);
    let request = asked.recv().await.unwrap();
    assert!(
        request.starts_with("GET /hold/music.wav?a=b HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        !request.to_lowercase().contains("if-none-match"),
        "{request}"
    );
    let second = load(&shelf_, &prompt, 8_000).await.unwrap();
    assert_eq!(
        first.samples().as_ptr(),
        second.samples().as_ptr(),
        "not decoded again"
    );
    let request = asked.recv().await.unwrap().to_lowercase();
    assert!(request.contains("if-none-match: \"one\""), "{request}");
    assert!(
        request.contains("if-modified-since: mon, 01 jan 2024"),
        "{request}"
    );
    let third = load(&shelf_, &prompt, 8_000).await.unwrap();
    assert_eq!(third.samples().len(), 400, "it has changed");
    serving.await.unwrap();
    // The server is gone; for an hour nobody asks, a new switch neither.
    assert_eq!(
        load(&shelf_, &prompt, 8_000).await.unwrap().samples().len(),
        400
    );
    let another = shelf(web(&folder, &authority));
    assert_eq!(
        load(&another, &prompt, 16_000)
            .await
            .unwrap()
            .samples()
            .len(),
        800
    );
}

#[tokio::test]
async fn an_old_copy_is_played_while_the_server_is_down() {
    for on_disk in [true, false] {
        let folder = Folder::new();
        let (authority, _asked, serving) =
            serve(vec![answer("200 OK|Cache-Control: no-cache|WAV80")]).await;
        let prompt = Prompt::Url(format!("http://{authority}/a.wav"));
        let mut settings = web(&folder, &authority);
        settings.cache = settings.cache.filter(|_| on_disk);
        let shelf = shelf(settings);
        load(&shelf, &prompt, 8_000).await.unwrap();
        serving.await.unwrap();
        let old = load(&shelf, &prompt, 8_000).await.unwrap();
        assert_eq!(old.samples().len(), 80);
        let other = load(&shelf, &Prompt::Url(format!("http://{authority}/b")), 8_000).await;
        assert!(other.is_err(), "there is no copy of it");
    }
}

#[tokio::test]
async fn redirects_are_followed_within_bounds_and_errors_are_told() {
    let folder = Folder::new();
    let refer = |to: &str| answer(&format!("302 Found|Location: {to}|"));
    let mut answers = vec![
        refer("/b.wav"),
        answer("200 OK|Cache-Control: no-store|WAV80"),
    ];
    answers.extend((0..6).map(|_| refer("/round")));
    answers.extend([
        answer("404 Not Found|"),
        refer("http://192.0.2.1/x"),
        answer("200 OK|WAV9000"),
    ]);
    let (authority, mut asked, _serving) = serve(answers).await;
    let mut settings = web(&folder, &authority);
    settings.limits.bytes = 10_000;
    let shelf = shelf(settings);
    let url = |path: &str| Prompt::Url(format!("http://{authority}{path}"));
    assert!(load(&shelf, &url("/a"), 8_000).await.is_ok());
    asked.recv().await.unwrap();
    assert!(asked.recv().await.unwrap().starts_with("GET /b.wav "));
    let cache = std::fs::read_dir(folder.0.join("cache"));
    assert!(cache.is_err(), "what may not be stored is not on disk");
    for (path, words) in [
        ("/round", "too many redirects"),
        ("/none", "answers 404"),
        ("/away", "192.0.2.1:80 is not among the hosts"),
        ("/large", "larger than 10000 bytes"),
    ] {
        let error = load(&shelf, &url(path), 8_000).await.unwrap_err();
        assert!(error.contains(words), "{path}: {error}");
    }
    for (url, words) in [
        ("http://127.0.0.2/x", "not among the hosts"),
        ("ftp://example.org/x", "does not begin with http"),
        ("http://a@b/", "user information"),
        ("nonsense", "does not begin with http"),
    ] {
        let error = load(&shelf, &Prompt::Url(url.to_owned()), 8_000)
            .await
            .unwrap_err();
        assert!(error.contains(words), "{url}: {error}");
    }
}

#[tokio::test]
async fn public_hosts_are_asked_without_being_named_and_others_are_not() {
    let mut settings = PromptSettings::default();
    settings.hosts.hosts = vec![switchhook_wasm::spec::HostGrant::anywhere()];
    let shelf = shelf(settings);
    for url in [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "http://[::1]/x",
        "http://192.0.2.1:8080/x",
    ] {
        let error = load(&shelf, &Prompt::Url(url.to_owned()), 8_000)
            .await
            .unwrap_err();
        assert!(
            error.contains("may not be asked") || error.contains("not among the hosts"),
            "{url}: {error}"
        );
    }
}

#[tokio::test]
async fn a_service_is_told_what_to_say_as_json() {
    let folder = Folder::new();
    let (authority, mut asked, _serving) = serve(vec![
        answer("200 OK|WAV800"),
        answer("500 Internal Server Error|"),
    ])
    .await;
    let mut settings = folder.settings();
    settings.speech.engine = Engine::Service {
        url: format!("http://{authority}/speak"),
        authorization: Some("Bearer token".to_owned()),
    };
    let shelf = shelf(settings);
    load(&shelf, &say("Zwölf \"Boxkämpfer\""), 8_000)
        .await
        .unwrap();
    let request = asked.recv().await.unwrap();
    assert!(request.starts_with("POST /speak HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("authorization: Bearer token\r\n"),
        "{request}"
    );
    let body: serde_json::Value =
        serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let expected = serde_json::json!({
        "text": "Zwölf \"Boxkämpfer\"", "language": "en", "voice": "en",
    });
    assert_eq!(body, expected);
    let error = load(&shelf, &say("More"), 8_000).await.unwrap_err();
    assert!(error.contains("answers 500"), "{error}");
}

#[tokio::test]
async fn other_settings_hold_from_then_on() {
    let folder = Folder::new();
    folder.write("a.wav", &wav(8_000, 80));
    let shelf = shelf(PromptSettings::default());
    assert!(load(&shelf, &file("a.wav"), 8_000).await.is_err());
    shelf.configure(folder.settings());
    assert!(load(&shelf, &file("a.wav"), 8_000).await.is_ok());
    shelf.configure(folder.settings());
    assert_eq!(
        shelf.status().bytes,
        160,
        "the same settings change nothing"
    );
}
