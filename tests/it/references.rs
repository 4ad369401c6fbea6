//! References lead somewhere: what code, cases and pages say of `docs/` names a heading there, and links between pages resolve.
//!
//! A reference is written `docs/PAGE.md, Heading`, or `docs/PAGE.md, Heading (the words that matter)`; several are separated
//! by semicolons.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 7] = ["src", "crates", "tests", "docs", "pipelines", "bench", "examples"];
const PAGES: [&str; 5] = ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

#[test]
fn every_reference_names_a_heading() {
    let headings: BTreeMap<String, BTreeSet<String>> = files("docs")
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), headings(&fs::read_to_string(&path).unwrap())))
        .collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (path, text) in texts() {
        for (page, heading) in references(&text) {
            count += 1;
            match headings.get(&page) {
                None => wrong.push(format!("{}: docs/{page} is not there", path.display())),
                Some(known) if heading.as_ref().is_some_and(|heading| !known.contains(heading)) => {
                    wrong.push(format!("{}: docs/{page} has no heading `{}`", path.display(), heading.unwrap()));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "references that lead nowhere:\n{}", wrong.join("\n"));
    assert!(count > 300, "only {count} references found");
}

#[test]
fn every_link_between_pages_resolves() {
    let mut wrong = Vec::new();
    for (path, text) in texts().into_iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "md")) {
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { root().join(&path) } else { root().join(path.parent().unwrap()).join(file) };
            if !target.exists() {
                wrong.push(format!("{}: `{link}` is not there", path.display()));
            } else if !anchor.is_empty()
                && !headings(&fs::read_to_string(&target).unwrap()).iter().any(|heading| anchor_of(heading) == anchor)
            {
                wrong.push(format!("{}: `{link}` has no such heading", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

/// Nothing points at a document that is not in the project.
#[test]
fn no_reference_names_a_document_from_outside() {
    let outside: Vec<String> = texts()
        .into_iter()
        .flat_map(|(path, text)| {
            let lines: Vec<String> = text
                .lines()
                .filter(|line| ["CONTRACT", "RULES"].iter().any(|word| names_document(line, word)))
                .map(|line| format!("{}: {}", path.display(), line.trim()))
                .collect();
            lines
        })
        .collect();
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

/// Whether a line speaks of `WORD`, `WORD.md` or `WORD 4` as a document; a constant of a longer name is something else.
fn names_document(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let is_part = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric() || character == '_');
        !is_part(before) && !is_part(after) && before != Some('"')
    })
}

/// The references of a text: the page, and the heading if one is named. Line ends and comment signs between are passed over.
fn references(text: &str) -> Vec<(String, Option<String>)> {
    let flat = text.lines().map(|line| line.trim().trim_start_matches(['/', '!', '#', '*']).trim()).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for (at, _) in flat.match_indices("docs/") {
        let rest = &flat[at + "docs/".len()..];
        let Some(end) = rest.find(".md") else { continue };
        let page = &rest[..end];
        if page.is_empty() || !page.chars().all(|character| character.is_ascii_alphanumeric() || character == '-') {
            continue;
        }
        let after = &rest[end + ".md".len()..];
        let heading = after.strip_prefix(", ").filter(|heading| heading.starts_with(|first: char| first.is_alphanumeric()));
        let heading = heading.map(|heading| {
            let end = heading.find(['(', ')', ';', ':', '"', '.', '`', '|', ',']).unwrap_or(heading.len());
            heading[..end].trim().to_owned()
        });
        found.push((format!("{page}.md"), heading.map(|heading| first_known(&heading))));
    }
    found
}

/// In a case a reference ends with its line, and the next key follows; that is cut off.
fn first_known(heading: &str) -> String {
    let end = [" region", " date", " - name"].iter().filter_map(|key| heading.find(key)).min().unwrap_or(heading.len());
    heading[..end].trim().to_owned()
}

fn headings(page: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let mut headings = BTreeSet::new();
    for line in page.lines() {
        is_code ^= line.starts_with("```");
        if !is_code && line.starts_with('#') {
            headings.insert(line.trim_start_matches('#').trim().to_owned());
        }
    }
    headings
}

/// Targets of links to files and headings; not those to the net.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    for (at, _) in page.match_indices("](") {
        let rest = &page[at + 2..];
        let Some(end) = rest.find(')') else { continue };
        let link = rest[..end].split_whitespace().next().unwrap_or_default();
        if !link.contains("://") && !link.starts_with("mailto:") && !link.is_empty() {
            links.push(link.to_owned());
        }
    }
    links
}

/// The name under which a page is entered at a heading.
fn anchor_of(heading: &str) -> String {
    let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c)).collect::<String>();
    kept.replace(' ', "-")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All texts that may refer to something, with their paths below the project.
fn texts() -> Vec<(PathBuf, String)> {
    let pages = PAGES.iter().map(|page| root().join(page));
    let paths = FOLDERS.iter().flat_map(|folder| files(folder)).chain(pages);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        Some((path.strip_prefix(root()).unwrap().to_owned(), text))
    };
    paths.filter_map(read).filter(|(path, _)| path != Path::new("tests/it/references.rs")).collect()
}

/// The text files below a folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| ["rs", "py", "yaml", "toml", "md", "html"].iter().any(|one| extension == *one))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
