//! Rules of a deployment beyond the types of its values, each said as a rule.

use std::collections::HashSet;
use std::net::SocketAddr;

use crate::deployment::{Deployment, Graph};
use crate::engine::protocol;
use crate::engine::seat::MOST_BATCH;
use crate::system::Protocol;

/// A broken rule, and the keys that break it.
pub(super) struct Broken {
    pub(super) keys: &'static [&'static str],
    pub(super) rule: String,
}

/// Checks everything that can be known before a party starts.
pub(super) fn check(deployment: &Deployment) -> Result<(), Broken> {
    name(deployment)?;
    meters(deployment)?;
    answerers(deployment)?;
    rounds(deployment)?;
    windows(deployment)?;
    own(deployment)?;
    addresses(deployment)?;
    // What the crates themselves refuse.
    protocol::session(deployment).map(|_| ()).map_err(|error| Broken {
        keys: &["protocol"],
        rule: format!("these parameters are refused by {}: {error:#}", deployment.protocol),
    })
}

fn require(holds: bool, keys: &'static [&'static str], rule: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken { keys, rule: rule() }) }
}

fn name(deployment: &Deployment) -> Result<(), Broken> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let name = &deployment.name;
    require((1..=63).contains(&name.len()) && name.chars().all(fits), &["name"], || {
        format!("the name {name:?} goes into certificates: 1 to 63 letters, digits, - and .")
    })
}

fn meters(deployment: &Deployment) -> Result<(), Broken> {
    let meters = &deployment.meters;
    let count = meters.ids.0.len();
    let least = usize::try_from(meters.min_honest.saturating_add(meters.max_colluding)).unwrap_or(usize::MAX);
    let fewest = deployment.protocol.min_meters();
    require(count > 0, &["meters.ids"], || "there is no meter".into())?;
    require(meters.max_reading > 0, &["meters.max_reading"], || "no reading but 0 would be allowed".into())?;
    require(least >= fewest, &["meters.min_honest", "meters.max_colluding"], || {
        format!("a sum of {} needs at least {fewest} meters, min_honest + max_colluding", deployment.protocol)
    })?;
    require(count >= least, &["meters.ids", "meters.min_honest", "meters.max_colluding"], || {
        format!("there are {count} meters, and every sum must contain min_honest + max_colluding = {least}")
    })?;
    require(meters.max_missing_permille <= 1000, &["meters.max_missing_permille"], || {
        "a set can leave out at most 1000 thousandths".into()
    })
}

fn answerers(deployment: &Deployment) -> Result<(), Broken> {
    let answerers = &deployment.answerers;
    let (n, t) = (answerers.ids.0.len(), usize::from(answerers.threshold));
    let f = usize::from(answerers.max_colluding);
    let who = match deployment.protocol {
        Protocol::Cmt => {
            return require(n == 0, &["answerers.ids"], || {
                "a ring (cmt) has no holders, aggregators or trustees: leave [answerers] out".into()
            });
        }
        Protocol::Dcnet => "holders",
        Protocol::Shamir => "aggregators",
        Protocol::Elgamal => "trustees",
        Protocol::Ckks if deployment.ckks.holder => {
            let one = require(
                n == 1 && t == 1 && f == 0,
                &["answerers.ids", "answerers.threshold", "ckks.holder"],
                || "a holder of the whole key is one party: one id, threshold = 1, max_colluding = 0".into(),
            );
            return one.and_then(|()| apart(deployment, "holders"));
        }
        Protocol::Ckks => "trustees",
    };
    require((2..=255).contains(&n), &["answerers.ids"], || {
        format!("{} needs at least 2 {who}, and 255 at most", deployment.protocol)
    })?;
    apart(deployment, who)?;
    if deployment.protocol == Protocol::Elgamal && deployment.elgamal.joint_key {
        return require(t == n, &["answerers.threshold", "elgamal.joint_key"], || {
            format!("with a joint key all {n} trustees decrypt: threshold = {n}")
        });
    }
    let keys = &["answerers.threshold", "answerers.max_colluding", "answerers.ids"];
    if f == 0 {
        return require((2..=n).contains(&t), keys, || {
            format!(
                "with max_colluding = 0 the utility is trusted, and 2 to {n} of {n} {who} open a sum, not {t}"
            )
        });
    }
    // All of them is a choice of its own: an honest one answers one set only.
    let all = t == n && f.checked_add(1) == Some(n);
    let safe = t.saturating_mul(2) > n.saturating_add(f) && t.saturating_add(f) <= n;
    require(all || safe, keys, || {
        format!(
            "{t} of {n} {who} with {f} colluding: t must be more than (n + f)/2, so that two quorums share an honest \
             one, and at most n - f, so that {f} silent ones stop nothing; with f = {f} that is n >= {}, as 3 of 4 \
             with 1",
            f.saturating_mul(3).saturating_add(1)
        )
    })
}

/// Nobody is a meter and an answerer.
fn apart(deployment: &Deployment, who: &str) -> Result<(), Broken> {
    let meters: HashSet<_> = deployment.meters.ids.0.iter().collect();
    match deployment.answerers.ids.0.iter().find(|id| meters.contains(id)) {
        Some(both) => {
            let rule = format!("party {both} would be a meter and one of the {who}");
            Err(Broken { keys: &["answerers.ids", "meters.ids"], rule })
        }
        None => Ok(()),
    }
}

fn rounds(deployment: &Deployment) -> Result<(), Broken> {
    let rounds = &deployment.rounds;
    require(rounds.period > 0, &["rounds.period"], || "an interval has at least a second".into())?;
    let most = u16::try_from(MOST_BATCH).unwrap_or(u16::MAX);
    require((1..=most).contains(&rounds.batch), &["rounds.batch"], || {
        format!("a round has 1 to {most} intervals")
    })?;
    require((1..=1 << 24).contains(&rounds.epoch), &["rounds.epoch"], || {
        format!("an epoch has 1 to {} rounds", 1 << 24)
    })?;
    require((1..=999).contains(&rounds.deadline_permille), &["rounds.deadline_permille"], || {
        "the deadline lies between 1 and 999 thousandths of a slot, about 500: what follows needs the rest"
            .into()
    })?;
    if let Some(replay) = rounds.replay {
        require(replay.slot > 0, &["rounds.replay.slot", "rounds.replay"], || {
            "a slot has at least a millisecond; 200 and more are usual".into()
        })?;
        require(replay.begins >= 1_000_000_000_000, &["rounds.replay.begins", "rounds.replay"], || {
            "these are milliseconds since 1970, and would lie before 2001".into()
        })?;
    }
    Ok(())
}

fn windows(deployment: &Deployment) -> Result<(), Broken> {
    let rounds = &deployment.rounds;
    if rounds.window == 0 {
        return Ok(());
    }
    let billed = matches!(deployment.protocol, Protocol::Shamir | Protocol::Elgamal);
    require(billed, &["rounds.window"], || format!("{} has no bills: window = 0", deployment.protocol))?;
    require(rounds.window <= rounds.epoch, &["rounds.window", "rounds.epoch"], || {
        "a window must fit into an epoch".into()
    })?;
    let meters = deployment.meters.min_honest.saturating_add(deployment.meters.max_colluding);
    let least = rounds.window_min_rounds.min(meters);
    require(least >= 4, &["rounds.window_min_rounds", "meters.min_honest"], || {
        "a bill hides among at least 4 readings, and a sum of the same group among at least 4 meters".into()
    })?;
    let fits = rounds.window >= rounds.window_min_rounds
        && u64::from(rounds.window).saturating_mul(3) >= u64::from(least).saturating_mul(4);
    require(fits, &["rounds.window", "rounds.window_min_rounds"], || {
        format!("a window has at least window_min_rounds rounds, and a third more than {least}")
    })
}

fn own(deployment: &Deployment) -> Result<(), Broken> {
    let (dcnet, cmt) = (&deployment.dcnet, &deployment.cmt);
    match deployment.protocol {
        Protocol::Dcnet => {
            let count = deployment.meters.ids.0.len();
            require(dcnet.graph != Graph::Complete || count <= 256, &["dcnet.graph", "meters.ids"], || {
                format!("a complete graph has at most 256 meters, not {count}: draw one")
            })?;
            require(dcnet.degree.is_multiple_of(2), &["dcnet.degree"], || "a degree is even".into())
        }
        Protocol::Cmt => {
            require(!cmt.agreement || cmt.mean_term > 0, &["cmt.agreement", "cmt.mean_term"], || {
                "members sign the set at the beginning of a term: agreement needs mean_term".into()
            })
        }
        Protocol::Shamir | Protocol::Elgamal | Protocol::Ckks => Ok(()),
    }
}

fn addresses(deployment: &Deployment) -> Result<(), Broken> {
    let utility = &deployment.utility;
    let socket = |text: &str| text.parse::<SocketAddr>().is_ok();
    require(socket(&utility.listen), &["utility.listen"], || {
        format!("{:?} is no address to listen on, as 0.0.0.0:7400 or [::]:7400", utility.listen)
    })?;
    let dashboard = utility.dashboard.as_deref();
    require(dashboard.is_none_or(socket), &["utility.dashboard"], || {
        format!("{:?} is no address to listen on, as 127.0.0.1:7480", dashboard.unwrap_or_default())
    })?;
    let fits = utility.address.parse::<tonic::transport::Uri>().is_ok_and(|uri| {
        let port = uri.host().is_some() && uri.port_u16().is_some();
        uri.scheme_str() == Some("https") && port && uri.path() == "/" && uri.query().is_none()
    });
    require(fits, &["utility.address"], || {
        format!("{:?} is no https://HOST:PORT, as https://head-end.example:7400", utility.address)
    })
}
