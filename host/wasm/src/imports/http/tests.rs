//! `http.fetch` against a server on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use switchhook_routing::decision::StageOutcome;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::spec::Grants;
use crate::testing::Bench;

/// A server that gives each request the same answer, and counts its connections.
async fn server(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(serve(stream, answer));
        }
    });
    (address, connections)
}

async fn serve(mut stream: TcpStream, answer: &'static str) {
    let (mut request, mut piece) = (Vec::new(), [0; 1_024]);
    while let Ok(count @ 1..) = stream.read(&mut piece).await {
        request.extend_from_slice(&piece[..count]);
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

async fn probe(grants: &[&str]) -> Bench {
    let bench = Bench::new();
    let mut spec = bench.spec("probe", "probe");
    spec.grants = Grants::parse(grants.iter().copied()).unwrap();
    spec.budget.response_bytes = 1_000;
    bench.plugins.load(spec).await.unwrap();
    bench
}

async fn fetch(bench: &Bench, url: &str) -> String {
    match bench.outcome("probe", url, "h").await {
        StageOutcome::Error(text) => text,
        other => panic!("{other:?}"),
    }
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn a_granted_host_answers_and_its_connection_is_used_again() {
    let (address, connections) = server(HELLO).await;
    let bench = probe(&[&address.to_string()]).await;
    for _ in 0..5 {
        assert_eq!(
            fetch(&bench, &format!("http://{address}/x?y")).await,
            "hello"
        );
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_asked() {
    let (address, connections) = server(HELLO).await;
    let url = format!("http://{address}/");
    let bench = probe(&[]).await;
    assert!(
        fetch(&bench, &url)
            .await
            .contains("not among the hosts that may be asked")
    );
    let bench = probe(&["127.0.0.1:1", "*.example.org"]).await;
    assert!(
        fetch(&bench, &url)
            .await
            .contains("not among the hosts that may be asked")
    );
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_granted_name_must_not_lead_to_this_machine() {
    let (address, connections) = server(HELLO).await;
    let port = address.port();
    // `localhost` with a network is granted as any other name: into that network and nowhere else.
    let bench = probe(&[&format!("localhost:{port}=192.0.2.0/24")]).await;
    let text = fetch(&bench, &format!("http://localhost:{port}/")).await;
    assert!(text.contains("leads to"), "{text}");
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    let bench = probe(&[&format!("localhost:{port}=127.0.0.0/8")]).await;
    assert_eq!(
        fetch(&bench, &format!("http://localhost:{port}/")).await,
        "hello"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (address, connections) =
        server("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 4\r\n\r\nhere").await;
    let bench = probe(&[&address.to_string()]).await;
    assert_eq!(fetch(&bench, &format!("http://{address}/")).await, "here");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_cut_off() {
    let (address, _) = server(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nxxxxxxxxxxxxxxxxxxxxxx",
    )
    .await;
    let bench = probe(&[&address.to_string()]).await;
    // The chunk never ends: what comes first is not the limit but the time.
    let outcome = bench
        .outcome("probe", &format!("http://{address}/"), "H")
        .await;
    assert_eq!(outcome, StageOutcome::Error("timeout".into()));
    const LARGE: &str = concat!(
        "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        "x"
    );
    let (address, _) = server(LARGE).await;
    let bench = probe(&[&address.to_string()]).await;
    assert_eq!(
        fetch(&bench, &format!("http://{address}/")).await,
        "too large"
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_costs_the_time_limit_and_no_more() {
    let (address, _) = server("").await;
    let bench = probe(&[&address.to_string()]).await;
    let outcome = bench
        .outcome("probe", &format!("http://{address}/"), "H")
        .await;
    assert_eq!(outcome, StageOutcome::Error("timeout".into()));
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let (address, connections) =
        server("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello").await;
    let bench = probe(&[&address.to_string()]).await;
    for _ in 0..3 {
        assert_eq!(fetch(&bench, &format!("http://{address}/")).await, "hello");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 3);
}

fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> wit::Request {
    let headers = headers
        .iter()
        .map(|(name, value)| wit::Header {
            name: (*name).into(),
            value: (*value).into(),
        })
        .collect();
    wit::Request {
        method: method.into(),
        url: url.into(),
        headers,
        body: Vec::new(),
        timeout_milliseconds: None,
    }
}

#[test]
fn a_request_is_sent_in_origin_form_with_the_host_of_its_url() {
    let prepared = prepare(request(
        "POST",
        "https://API.example.com:8443/a?b=c",
        &[("X-A", "1")],
    ));
    let (endpoint, request) = prepared.unwrap();
    let expected = Endpoint {
        tls: true,
        host: "api.example.com".into(),
        port: 8443,
    };
    assert_eq!(endpoint, expected);
    assert_eq!(request.uri(), "/a?b=c");
    assert_eq!(request.headers()[header::HOST], "API.example.com:8443");
    assert_eq!(request.headers()["x-a"], "1");
    let (endpoint, request) = prepare(self::request("GET", "http://[::1]", &[])).unwrap();
    assert_eq!((endpoint.host.as_str(), endpoint.port), ("::1", 80));
    assert_eq!(request.uri(), "/");
}

#[test]
fn a_request_that_could_be_read_in_two_ways_is_refused() {
    for bad in [
        request("GET", "ftp://example.com/", &[]),
        request("GET", "/relative", &[]),
        request("GET", "http://", &[]),
        request("GET", "http://granted.example@evil.example/", &[]),
        request("GET", "http://example.com/\r\nX: y", &[]),
        request("CONNECT", "http://example.com/", &[]),
        request("GET / HTTP/1.1\r\nX: y", "http://example.com/", &[]),
        request("GET", "http://example.com/", &[("Host", "evil.example")]),
        request(
            "GET",
            "http://example.com/",
            &[("Transfer-Encoding", "chunked")],
        ),
        request("GET", "http://example.com/", &[("X", "a\r\nY: b")]),
        request("GET", "http://example.com/", &[("X Y", "a")]),
    ] {
        assert!(matches!(prepare(bad), Err(wit::Error::InvalidRequest(_))));
    }
}

#[test]
fn a_request_ends_soon_enough_to_decide_without_its_answer() {
    let now = Instant::now();
    let wall = now + Duration::from_secs(2);
    assert_eq!(deadline(now, wall, None), wall - Duration::from_millis(50));
    assert_eq!(
        deadline(now, wall, Some(10)),
        now + Duration::from_millis(10)
    );
    assert_eq!(
        deadline(now, wall, Some(9_999)),
        wall - Duration::from_millis(50)
    );
    let wall = now + Duration::from_millis(100);
    assert_eq!(deadline(now, wall, None), now + Duration::from_millis(90));
}
