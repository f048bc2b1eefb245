//! The page in a browser without a window.

use std::path::Path;
use std::process::Stdio;

use tokio::net::TcpListener;
use tokio::process::Command;

use super::*;

/// For a browser that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Stands before the server and keeps back the end of the page for so long: a browser shows and runs what it has, and
/// does not call the page loaded, and dump it, before the events are there.
async fn holding(web: &Web, hold: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, server) = (listener.local_addr().unwrap(), web.address());
    tokio::spawn(async move {
        while let Ok((browser, _)) = listener.accept().await {
            tokio::spawn(async move { pass(browser, server, hold).await.unwrap_or_default() });
        }
    });
    address
}

async fn pass(mut browser: TcpStream, server: SocketAddr, hold: Duration) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let mut chunk = vec![0; 1 << 16];
    let read = browser.read(&mut chunk).await?;
    server.write_all(&chunk[..read]).await?;
    if chunk.starts_with(b"GET / ") {
        let mut page = Vec::new();
        while !page.ends_with(b"</html>\n") {
            let read = server.read(&mut chunk).await?;
            assert!(read > 0, "the page ends early");
            page.extend_from_slice(&chunk[..read]);
        }
        let (most, rest) = page.split_at(page.len() - 8);
        browser.write_all(most).await?;
        tokio::time::sleep(hold).await;
        browser.write_all(rest).await?;
    }
    tokio::io::copy_bidirectional(&mut browser, &mut server).await.map(drop)
}

/// Runs a browser on the server; `None` where there is none.
async fn browse(web: &Web, hold: Duration, more: &[&str]) -> Option<String> {
    let works = |name: &&str| {
        let version = std::process::Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let Some(browser) = BROWSERS.into_iter().find(works) else {
        println!("not run: no chromium");
        return None;
    };
    let profile = tempfile::tempdir().unwrap();
    let page = format!("http://{}/", holding(web, hold).await);
    let mut command = Command::new(browser);
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--hide-scrollbars",
        ])
        .args(["--no-first-run", "--disable-extensions", "--disable-component-update", "--disable-sync"])
        .args(["--lang=en-GB", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(page)
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let complaints: Vec<&str> = errors.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(complaints.is_empty(), "the page complains: {complaints:#?}");
    Some(out.into_owned())
}

/// The text of the element with this id, without markup.
fn text(dom: &str, id: &str) -> String {
    let rest = dom.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}")).1;
    let rest = rest.split_once('>').unwrap().1;
    // Each of these ends at the first end tag of its own kind: none is nested in one like it.
    let end = ["</dd>", "</p>", "</tbody>", "</strong>", "</h1>", "</svg>"];
    let end = end.iter().filter_map(|tag| rest.find(tag)).min().unwrap();
    let mut inside = false;
    let mut text = String::new();
    for letter in rest[..end].chars() {
        match letter {
            '<' => (inside, text) = (true, text + " "),
            '>' => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_sums_missing_meters_and_audit_rows() {
    // Its last round, 96, closes without meter 120.
    let (watch, web) = started(97).await;
    let mut dom = String::new();
    for seconds in [2, 4, 8, 16] {
        watch.alive();
        let hold = Duration::from_secs(seconds);
        let Some(page) = browse(&web, hold, &["--dump-dom", "--window-size=1200,900"]).await else { return };
        dom = page;
        // A busy machine takes longer.
        if text(&dom, "link") == "live" && text(&dom, "audit").contains("Round 96.") {
            break;
        }
        println!("looked too early: {}, {}", text(&dom, "link"), text(&dom, "audit-note"));
    }
    assert_eq!(text(&dom, "name"), "Substation Lindenau, feeder 7");
    assert_eq!(text(&dom, "link"), "live");
    let Some((_, Event::Sum { values, .. })) = story(97).pop() else { panic!("no sum") };
    let digits = values[0].to_string();
    let sum = format!("{},{} Wh", &digits[..1], &digits[1..]);
    assert_eq!(text(&dom, "sum"), format!("{sum} round 96 , 49 meters").replace(" ,", ","));
    assert!(text(&dom, "meters").starts_with("49 of 50 1 missing"), "{}", text(&dom, "meters"));
    assert_eq!(text(&dom, "missing"), "Missing: 120.");
    assert_eq!(text(&dom, "sums"), "96 1 round lost");
    let changes = text(&dom, "changes");
    assert!(changes.contains("Meters 119, 121 repaired for silent neighbours"), "{changes}");
    assert!(changes.contains("names meter 122 &lt;img"), "markup of a stranger is text: {changes}");
    let audit = text(&dom, "audit");
    assert!(audit.contains(&format!("Round 96. Sum {sum} of 49 meters")), "{audit}");
    assert!(dom.contains("class=\"curve\""), "a curve is drawn");
    web.stop().await;
}

/// `WATTSUM_SCREENSHOTS=FOLDER` keeps pictures of the page, to be looked at.
#[tokio::test(flavor = "multi_thread")]
async fn screenshots() {
    let Some(folder) = std::env::var_os("WATTSUM_SCREENSHOTS") else {
        println!("not run: WATTSUM_SCREENSHOTS is not set");
        return;
    };
    let (watch, web) = started(175).await;
    for (name, size, dark) in
        [("light", "1280,1900", false), ("dark", "1280,1900", true), ("phone", "500,3000", false)]
    {
        let file = Path::new(&folder).join(format!("dashboard-{name}.png"));
        watch.alive();
        let screenshot = format!("--screenshot={}", file.display());
        let size = format!("--window-size={size}");
        let scheme = if dark {
            "--blink-settings=preferredColorScheme=0"
        } else {
            "--blink-settings=preferredColorScheme=1"
        };
        if browse(&web, Duration::from_secs(3), &[&screenshot, &size, scheme]).await.is_none() {
            return;
        }
        assert!(file.metadata().unwrap().len() > 20_000, "{name} is empty");
    }
    web.stop().await;
}
