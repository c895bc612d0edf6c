//! What the documents say is what the program does.

use crate::support::{root, run};

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).exits(0).stdout;
    let listed = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1);
    let words = listed
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "));
    words
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_is_in_the_changelog_and_has_examples() {
    let changes = read("CHANGELOG.md");
    for command in commands().iter().filter(|command| *command != "help") {
        assert!(
            changes.contains(&format!("`{command}`"))
                || changes.contains(&format!("`moisson {command}`")),
            "{command}"
        );
        let help = run(&[command, "--help"]).exits(0).stdout;
        assert!(help.contains("Example"), "{command} has no example");
        assert!(
            help.contains("--json") && help.contains("--data"),
            "{command}"
        );
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for name in [
        "README.md",
        "docs/ARCHITECTURE.md",
        "docs/CONTRIBUTING.md",
        "docs/DESIGN.md",
        "docs/STYLE.md",
    ] {
        let text = read(name);
        let folder = root().join(name).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let local = !target.starts_with("http") && !target.starts_with('#');
            assert!(!local || folder.join(target).exists(), "{name}: {target}");
        }
    }
}

#[test]
fn every_make_target_of_the_readme_exists() {
    let makefile = read("Makefile");
    for line in read("README.md")
        .lines()
        .filter_map(|line| line.strip_prefix("make "))
    {
        let target = line.split_whitespace().next().unwrap();
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}

#[test]
fn every_crate_is_on_the_map() {
    let map = read("docs/ARCHITECTURE.md");
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(map.contains(&format!("| `{name}` |")), "{name}");
    }
}
