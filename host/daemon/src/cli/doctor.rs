//! `switchhook doctor`: asks the running switch what it advertises and observes, and prints what cannot work.

use anyhow::bail;
use clap::Args;

use crate::cli::paint::Paint;
use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, Request, ask};
use crate::doctor::{Diagnosis, Weight};

/// What about the switch's health.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Where the switch is.
    #[command(flatten)]
    socket: Socket,
}

/// Asks and prints.
///
/// # Errors
/// No switch runs there, or there are problems.
pub fn run(args: &DoctorArgs) -> anyhow::Result<()> {
    let diagnosis = match block_on(ask(&args.socket.path(), &Request::Diagnose))? {
        Answer::Diagnosis(diagnosis) => diagnosis,
        _ => bail!("the switch answered something else"),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&diagnosis)?);
    } else {
        print!("{}", text(&diagnosis, Paint::stdout()));
    }
    let is_problem = |weight: Weight| weight == Weight::Problem;
    let problems = diagnosis.findings.iter().filter(|f| is_problem(f.weight));
    match problems.count() {
        0 => Ok(()),
        1 => bail!("there is a problem"),
        many => bail!("there are {many} problems"),
    }
}

fn text(diagnosis: &Diagnosis, paint: Paint) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line(&paint.bold("Listening"));
    for listener in &diagnosis.listeners {
        line(&format!("  {listener}"));
    }
    line(&paint.bold(&format!("Registered contacts: {}", diagnosis.registrations)));
    line(&paint.bold(&format!("Calls: {}", diagnosis.calls.len())));
    for call in &diagnosis.calls {
        line(&format!("  {call}"));
    }
    if diagnosis.findings.is_empty() {
        line(&paint.green("Nothing is wrong that can be seen from here."));
    }
    for finding in &diagnosis.findings {
        let weight = match finding.weight {
            Weight::Problem => paint.red("problem"),
            Weight::Note => paint.dim("note"),
        };
        line(&format!("{weight}  {}", paint.bold(&finding.subject)));
        line(&format!("  {}", finding.text));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Finding;

    #[test]
    fn findings_are_printed_with_what_they_are_about() {
        let diagnosis = Diagnosis {
            listeners: vec!["udp 0.0.0.0:5060 as 203.0.113.10".to_owned()],
            registrations: 2,
            calls: Vec::new(),
            findings: vec![Finding {
                weight: Weight::Problem,
                subject: "udp 0.0.0.0:5060".to_owned(),
                text: "nobody can be reached there.".to_owned(),
            }],
        };
        let expected = "Listening\n  udp 0.0.0.0:5060 as 203.0.113.10\nRegistered contacts: 2\nCalls: 0\n\
            problem  udp 0.0.0.0:5060\n  nobody can be reached there.\n";
        assert_eq!(text(&diagnosis, Paint::plain()), expected);
    }
}
