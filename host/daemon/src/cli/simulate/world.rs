//! A switch that nobody calls: its configuration as the exchange has it, its plugins loaded as they are in production.

use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use switchhook_call::config::{Config, Domain};
use switchhook_call::dialplan::{DEFAULT_DIALPLAN, Dialplan, Pattern, Route};
use switchhook_routing::call::{Call, Origin};
use switchhook_wasm::plugins::Plugins;
use switchhook_workbench::error::suggestion;
use switchhook_workbench::sandbox;

use crate::config;
use crate::config::exchange;

/// Configuration and plugins, loaded once for all calls.
pub struct World {
    /// The plugins.
    pub plugins: Plugins,
    /// The configuration of the exchange.
    pub config: Config,
    /// The domain of calls that name none: the only one, or else the first by name.
    pub usual_domain: String,
}

/// Where a call belongs: what decides about it before any plugin does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The domain.
    pub domain: String,
    /// Who or what calls, in words.
    pub source: String,
    /// The name of the dialplan.
    pub dialplan: String,
}

/// The pattern that a number leads to, and those that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The number.
    pub number: String,
    /// The pattern, as it was written; `None`: none matches.
    pub pattern: Option<String>,
    /// Others that match, each with why it lost.
    pub lost: Vec<(String, String)>,
}

impl World {
    /// Reads a configuration and loads its plugins. One that cannot be loaded is told on standard error and left out, as in
    /// a switch that starts.
    ///
    /// # Errors
    /// The configuration has a mistake, or the engine cannot start.
    pub async fn load(file: &Path) -> anyhow::Result<World> {
        let (settings, _) = config::load(file).map_err(|report| anyhow!("{report}"))?;
        let plugins = sandbox::plugins(settings.plugin_cache.clone(), false)?;
        for plugin in &settings.plugins {
            if let Err(error) = plugins.load(plugin.spec.clone()).await {
                eprintln!("{}:{}: {error}", file.display(), plugin.line);
            }
        }
        let config = exchange::config(&settings, &[]);
        let usual_domain = config.domains.keys().min().cloned().unwrap_or_default();
        Ok(World {
            plugins,
            config,
            usual_domain,
        })
    }

    /// The domain of a call.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn domain(&self, call: &Call) -> anyhow::Result<&Domain> {
        let name = call.domain.to_lowercase();
        let Some(domain) = self.config.domains.get(&name) else {
            let known = self.config.domains.keys().map(String::as_str);
            bail!("there is no domain \"{name}\"{}", suggestion(&name, known));
        };
        Ok(domain)
    }

    /// Where a call belongs, and the dialplan that decides about it.
    ///
    /// # Errors
    /// The source or its dialplan is not in the configuration; the text says what to write.
    pub fn place<'w>(&'w self, call: &Call) -> anyhow::Result<(Place, &'w Dialplan)> {
        let domain = self.domain(call)?;
        let (source, dialplan) = source(domain, &call.origin)?;
        let dialplan = dialplan.unwrap_or(DEFAULT_DIALPLAN);
        let Some(plan) = domain.dialplans.get(dialplan) else {
            let known = domain.dialplans.keys().map(String::as_str);
            bail!(
                "{} has no dialplan \"{dialplan}\", which {source} would have{}",
                domain.name,
                suggestion(dialplan, known)
            );
        };
        let place = Place {
            domain: domain.name.clone(),
            source,
            dialplan: dialplan.to_owned(),
        };
        Ok((place, plan))
    }
}

fn source<'d>(domain: &'d Domain, origin: &Origin) -> anyhow::Result<(String, Option<&'d str>)> {
    match origin {
        Origin::Client(name) => match domain.client(name) {
            Some(client) => Ok((format!("client {name}"), client.dialplan.as_deref())),
            None => {
                let trunk = domain.trunks.first();
                let example = trunk.map_or("carrier", |trunk| trunk.name.as_str());
                let known = domain.clients.keys().map(String::as_str);
                bail!(
                    "{} has no client \"{name}\"{} (a call from a trunk says \"origin\": {{\"trunk\": \"{example}\"}})",
                    domain.name,
                    suggestion(name, known)
                )
            }
        },
        Origin::Trunk(name) => match domain.trunks.iter().find(|trunk| trunk.name == *name) {
            Some(trunk) => Ok((format!("trunk {name}"), Some(trunk.dialplan.as_str()))),
            None => {
                let known = domain.trunks.iter().map(|trunk| trunk.name.as_str());
                bail!(
                    "{} has no trunk \"{name}\"{}",
                    domain.name,
                    suggestion(name, known)
                )
            }
        },
        Origin::Api => Ok(("the switch's own interface".to_owned(), None)),
    }
}

/// What a number leads to in a dialplan, and why.
pub fn find(plan: &Dialplan, number: &str) -> (Option<Arc<Route>>, Found) {
    let route = plan.route(number).map(Arc::clone);
    let is_route = |other: &Arc<Route>| {
        route
            .as_ref()
            .is_some_and(|route| Arc::ptr_eq(route, other))
    };
    let matching: Vec<(&Pattern, usize, bool)> = (plan.entries())
        .filter_map(|(pattern, route)| Some((pattern, pattern.matches(number)?, is_route(route))))
        .collect();
    let winner = matching.iter().find(|(_, _, won)| *won);
    let lost = matching.iter().filter(|(_, _, won)| !won);
    let lost = lost.map(|(pattern, literal, _)| {
        let most = winner.map_or(0, |(_, most, _)| *most);
        let why = if *literal < most {
            format!("less specific: {literal} characters before its first wildcard, not {most}")
        } else {
            "as specific, but written later or no number by itself".to_owned()
        };
        (pattern.text().to_owned(), why)
    });
    let found = Found {
        number: number.to_owned(),
        pattern: winner.map(|(pattern, _, _)| pattern.text().to_owned()),
        lost: lost.collect(),
    };
    (route, found)
}
