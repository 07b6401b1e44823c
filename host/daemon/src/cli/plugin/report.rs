//! How results are shown: differences, costs beside their limits, faults.

use serde_json::{Value, json};
use switchhook_wasm::limits;
use switchhook_wasm::spec::Budget;
use switchhook_wasm::trace::{Asked, HttpAnswer, HttpExchange};
use switchhook_workbench::diff::Line;
use switchhook_workbench::trial::{Fault, Verdict};

use crate::cli::paint::{self, Paint};

/// A difference, indented: `-` expected and missing, `+` there instead.
pub fn difference(lines: &[Line], paint: Paint, indent: &str) -> String {
    let line = |line: &Line| match line {
        Line::Same(text) => format!("{indent}  {text}\n"),
        Line::Expected(text) => format!("{indent}{}\n", paint.red(&format!("- {text}"))),
        Line::Got(text) => format!("{indent}{}\n", paint.green(&format!("+ {text}"))),
        Line::Gap(count) => {
            let lines = if *count == 1 { "line" } else { "lines" };
            let text = format!("  … {count} {lines} the same");
            format!("{indent}{}\n", paint.dim(&text))
        }
    };
    lines.iter().map(line).collect()
}

/// What is wrong with a case, and the log that may tell why.
pub fn faults(verdict: &Verdict, paint: Paint) -> String {
    let mut text = String::new();
    for Fault { text: what, lines } in &verdict.faults {
        let legend = if lines.is_empty() {
            ""
        } else {
            " (- expected, + got)"
        };
        text.push_str(&format!("       {what}{legend}\n"));
        text.push_str(&difference(lines, paint, "         "));
    }
    text.push_str(&log(&verdict.asked, paint, "       "));
    text
}

/// The lines that a plugin wrote.
pub fn log(asked: &Asked, paint: Paint, indent: &str) -> String {
    let line = |line: &switchhook_wasm::trace::LogLine| {
        let level = format!("{:<5}", line.level);
        let level = match line.level {
            "error" => paint.red(&level),
            "warn" => paint.yellow(&level),
            _ => paint.dim(&level),
        };
        format!("{indent}{level} {}\n", line.text)
    };
    asked.log.iter().map(line).collect()
}

/// What a plugin asked of the host, a line each.
pub fn host_calls(asked: &Asked, paint: Paint, indent: &str) -> String {
    let name = |interface: &str, function: &str| format!("{interface}.{function}");
    let width = asked.host_calls.iter();
    let width = width
        .map(|call| name(call.interface, call.function).len())
        .max();
    let line = |call: &switchhook_wasm::trace::HostCall| {
        format!(
            "{indent}{:<width$}  {}  {}\n",
            name(call.interface, call.function),
            call.summary,
            paint.dim(&paint::duration(call.nanoseconds)),
            width = width.unwrap_or_default()
        )
    };
    asked.host_calls.iter().map(line).collect()
}

/// HTTP requests with what came back.
pub fn http(exchanges: &[HttpExchange], indent: &str) -> String {
    let line = |exchange: &HttpExchange| {
        let answer = match &exchange.answer {
            HttpAnswer::Response { status, body, .. } => {
                format!("{status}, {}", paint::bytes(body.len()))
            }
            HttpAnswer::Denied(text) => format!("denied: {text}"),
            HttpAnswer::Invalid(text) => format!("not sent: {text}"),
            HttpAnswer::Connection(text) => text.clone(),
            HttpAnswer::Timeout => "no response in time".to_owned(),
            HttpAnswer::TooLarge => "the response is too large".to_owned(),
        };
        format!("{indent}{} {} → {answer}\n", exchange.method, exchange.url)
    };
    exchanges.iter().map(line).collect()
}

/// One quantity beside its limit.
#[derive(Debug, Clone)]
pub struct Cost {
    /// What is counted.
    pub name: &'static str,
    /// As much as this call used.
    pub used: u64,
    /// As much as a call may use in production; `None`: not limited by itself.
    pub limit: Option<u64>,
    show: fn(u64) -> String,
}

impl Cost {
    /// Whether the switch would have stopped the call, or cut it short.
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.used > limit)
    }
}

/// What a call cost beside what one may cost.
pub fn costs(asked: &Asked, budget: &Budget) -> Vec<Cost> {
    let nanoseconds =
        |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let bytes = |number: u64| paint::bytes(usize::try_from(number).unwrap_or(usize::MAX));
    let cost = |name, used, limit, show| Cost {
        name,
        used,
        limit,
        show,
    };
    let mut costs = vec![
        cost(
            "time",
            asked.nanoseconds,
            Some(nanoseconds(budget.wall)),
            paint::duration as fn(u64) -> String,
        ),
        cost(
            "CPU time",
            asked.cpu_nanoseconds,
            Some(nanoseconds(budget.cpu)),
            paint::duration,
        ),
        cost(
            "memory",
            asked.memory_bytes as u64,
            Some(budget.memory_bytes as u64),
            bytes,
        ),
    ];
    if let Some(instructions) = asked.instructions {
        costs.push(cost("instructions", instructions, None, paint::count));
    }
    costs.push(cost(
        "host calls",
        asked.host_calls.len() as u64,
        None,
        paint::count,
    ));
    let lines = asked.log.len() as u64;
    costs.push(cost(
        "log lines",
        lines,
        Some(u64::from(limits::LOG_LINES)),
        paint::count,
    ));
    let requests = asked.http.len() as u64;
    let most = u64::from(limits::HTTP_REQUESTS);
    costs.push(cost("HTTP requests", requests, Some(most), paint::count));
    costs
}

/// The costs as a table, red where over.
pub fn cost_table(costs: &[Cost], paint: Paint) -> String {
    let mut text = paint.dim(&format!("  {:<14} {:>14} {:>14}", "", "this call", "limit"));
    text.push('\n');
    for cost in costs {
        let limit = cost.limit.map_or_else(|| "-".to_owned(), cost.show);
        let line = format!(
            "  {:<14} {:>14} {limit:>14}",
            cost.name,
            (cost.show)(cost.used)
        );
        let line = if cost.is_over() {
            paint.red(&format!("{line}  over"))
        } else {
            line
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Everything that happened, as JSON.
pub fn as_json(asked: &Asked) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let state = asked.state.as_ref().map(|state| {
        state
            .iter()
            .map(|(key, value)| (key.clone(), json!(text(value))))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({
        "plugin": asked.plugin,
        "log": asked.log.iter().map(|line| json!({"level": line.level, "text": line.text})).collect::<Vec<_>>(),
        "host_calls": asked.host_calls.iter().map(|call| json!({
            "interface": call.interface, "function": call.function, "summary": call.summary,
            "nanoseconds": call.nanoseconds })).collect::<Vec<_>>(),
        "http": asked.http.iter().map(|sent| json!({
            "method": sent.method, "url": sent.url, "body": text(&sent.body) })).collect::<Vec<_>>(),
        "state": state,
        "nanoseconds": asked.nanoseconds,
        "cpu_nanoseconds": asked.cpu_nanoseconds,
        "instructions": asked.instructions,
        "memory_bytes": asked.memory_bytes,
    })
}
