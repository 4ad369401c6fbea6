//! Rust source as a graph of files: which file uses names that another one defines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path below its crate's root.
type Module = Vec<String>;

/// The modules of one crate.
pub struct SourceTree {
    modules: BTreeMap<Module, File>,
}

struct File {
    path: PathBuf,
    text: String,
    /// Paths that stand in the file, as written.
    paths: Vec<Vec<String>>,
    /// What a `use` declaration brings in under a name, as written.
    imports: BTreeMap<String, Vec<String>>,
    /// Modules of which a `use` declaration brings in everything, as written.
    globs: Vec<Vec<String>>,
    /// Names of items that the file defines.
    items: BTreeSet<String>,
}

impl SourceTree {
    /// Reads the Rust files below a crate's `src`.
    pub fn read(folder: &Path) -> Self {
        let mut modules = BTreeMap::new();
        let mut test_modules: Vec<Module> = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(current) = folders.pop() {
            for path in fs::read_dir(&current).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_name().unwrap() != "main.rs" {
                    let module = module_of(path.strip_prefix(folder).unwrap());
                    let text = fs::read_to_string(&path).unwrap();
                    let (tokens, tests) = without_tests(tokens(&text));
                    test_modules.extend(tests.into_iter().map(|name| [module.clone(), vec![name]].concat()));
                    modules.insert(module, File::parse(path, text, &tokens));
                }
            }
        }
        modules.retain(|module, _| !test_modules.iter().any(|test| module.starts_with(test)));
        Self { modules }
    }

    /// Each file's path and text.
    pub fn texts(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.modules.values().map(|file| (file.path.as_path(), file.text.as_str()))
    }

    /// Groups of files that need each other, each as a way from a file back to itself. A module and what lies in it do not
    /// count.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut uses: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
        for (from, to) in self.arrows() {
            if !from.starts_with(to) && !to.starts_with(from) {
                uses.entry(from).or_default().insert(to);
            }
        }
        let mut circles = Vec::new();
        let mut done: BTreeSet<&Module> = BTreeSet::new();
        for start in self.modules.keys() {
            if let Some(way) = way_back(start, &uses, &done) {
                done.extend(way.iter().copied());
                circles.push(way.iter().map(|module| module.join("::")).collect());
            }
        }
        circles
    }

    /// Pairs of top-level modules of which the first uses the second, each with a file in which it does.
    pub fn arrows_between_rooms(&self) -> BTreeMap<(String, String), String> {
        let rooms = self.arrows().into_iter().filter_map(|(from, to)| Some((from.first()?, to.first()?, from)));
        let between = rooms.filter(|(from, to, _)| from != to);
        between.map(|(from, to, module)| ((from.clone(), to.clone()), self.modules[module].path.display().to_string())).collect()
    }

    /// Pairs of modules of which the first uses a name that the second defines.
    fn arrows(&self) -> BTreeSet<(&Module, &Module)> {
        let mut arrows = BTreeSet::new();
        for (module, file) in &self.modules {
            for path in &file.paths {
                if let Some((to, _)) = self.definition(module, path, 0)
                    && to != module
                {
                    arrows.insert((module, to));
                }
            }
        }
        arrows
    }

    /// The module that defines what a path means in a module, with the rest of the path in it; none for another crate's.
    fn definition<'t>(&'t self, module: &Module, path: &[String], depth: usize) -> Option<(&'t Module, Vec<String>)> {
        if depth > 16 {
            return None;
        }
        let mut current = module.clone();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => {
                current.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    current.pop()?;
                    rest = &rest[1..];
                }
            }
            // A path of a submodule of the module itself, or of a name that it has imported; else of another crate.
            first => {
                let child = [module.clone(), vec![first.to_owned()]].concat();
                if !self.modules.contains_key(&child) {
                    return None;
                }
            }
        }
        while let Some(segment) = rest.first() {
            let child = [current.clone(), vec![segment.clone()]].concat();
            if self.modules.contains_key(&child) {
                current = child;
                rest = &rest[1..];
                continue;
            }
            let file = self.modules.get(&current)?;
            if file.items.contains(segment) {
                break;
            }
            if let Some(imported) = file.imports.get(segment) {
                let path = [imported.clone(), rest[1..].to_vec()].concat();
                return self.definition(&current, &path, depth + 1).or_else(|| self.known(&current, rest));
            }
            let globs = file.globs.iter().filter_map(|glob| self.definition(&current, glob, depth + 1));
            let mut defining = globs.filter(|(module, _)| self.modules[*module].items.contains(segment));
            if let Some((module, _)) = defining.next() {
                return Some((module, rest.to_vec()));
            }
            break;
        }
        self.known(&current, rest)
    }

    fn known(&self, module: &Module, rest: &[String]) -> Option<(&Module, Vec<String>)> {
        self.modules.get_key_value(module).map(|(module, _)| (module, rest.to_vec()))
    }
}

/// The shortest way from a module back to itself, past what is done already.
fn way_back<'t>(
    start: &'t Module,
    uses: &BTreeMap<&'t Module, BTreeSet<&'t Module>>,
    done: &BTreeSet<&'t Module>,
) -> Option<Vec<&'t Module>> {
    let mut came_from: BTreeMap<&Module, &'t Module> = BTreeMap::new();
    let mut reached = vec![start];
    let mut next = 0;
    while next < reached.len() {
        let current = reached[next];
        next += 1;
        for to in uses.get(current).into_iter().flatten().filter(|to| !done.contains(*to)) {
            if *to == start {
                let mut way = vec![start, current];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                way.dedup();
                return Some(way);
            }
            if !came_from.contains_key(*to) {
                came_from.insert(to, current);
                reached.push(to);
            }
        }
    }
    None
}

/// `a/b.rs` and `a/b/mod.rs` are the module `a::b`.
fn module_of(file: &Path) -> Module {
    let mut module: Module = file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|name| name == "mod" || name == "lib") {
        module.pop();
    }
    module
}

impl File {
    fn parse(path: PathBuf, text: String, tokens: &[String]) -> Self {
        let mut file = Self { path, text, paths: Vec::new(), imports: BTreeMap::new(), globs: Vec::new(), items: BTreeSet::new() };
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "use" => at = file.import(tokens, at + 1, &mut Vec::new()),
                "crate" | "super" | "self" if tokens.get(at + 1).is_some_and(|token| token == "::") => {
                    let mut path = vec![tokens[at].clone()];
                    at += 1;
                    while tokens.get(at).is_some_and(|token| token == "::") && tokens.get(at + 1).is_some_and(|token| is_name(token)) {
                        path.push(tokens[at + 1].clone());
                        at += 2;
                    }
                    file.paths.push(path);
                }
                "struct" | "enum" | "trait" | "type" | "fn" | "const" | "static" | "union" | "macro_rules" | "mod" => {
                    let name = tokens[at + 1..].iter().take(2).find(|token| is_name(token) && *token != "mut" && *token != "fn");
                    file.items.extend(name.cloned().filter(|_| tokens[at] != "mod"));
                    at += 1;
                }
                _ => at += 1,
            }
        }
        file
    }

    /// Reads one tree of a `use` declaration and gives the place after it.
    fn import(&mut self, tokens: &[String], mut at: usize, prefix: &mut Vec<String>) -> usize {
        let depth = prefix.len();
        loop {
            match tokens.get(at).map(String::as_str) {
                Some("{") => {
                    at += 1;
                    while tokens.get(at).is_some_and(|token| token != "}") {
                        at = self.import(tokens, at, prefix);
                        if tokens.get(at).is_some_and(|token| token == ",") {
                            at += 1;
                        }
                    }
                    prefix.truncate(depth);
                    return at + 1;
                }
                Some("*") => {
                    self.paths.push(prefix.clone());
                    self.globs.push(prefix.clone());
                    prefix.truncate(depth);
                    return at + 1;
                }
                Some("::") => at += 1,
                Some(name) if is_name(name) => {
                    prefix.push(name.to_owned());
                    at += 1;
                    if tokens.get(at).is_some_and(|token| token == "::") {
                        continue;
                    }
                    let mut alias = name.to_owned();
                    if tokens.get(at).is_some_and(|token| token == "as") {
                        alias = tokens[at + 1].clone();
                        at += 2;
                    }
                    if name == "self" {
                        prefix.pop();
                        if alias == "self" {
                            alias = prefix.last().cloned().unwrap_or_default();
                        }
                    }
                    self.paths.push(prefix.clone());
                    self.imports.insert(alias, prefix.clone());
                    prefix.truncate(depth);
                    return at;
                }
                _ => {
                    prefix.truncate(depth);
                    return at + 1;
                }
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Leaves out what is compiled for tests only, and gives the names of modules that are.
fn without_tests(tokens: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut test_modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"].map(str::to_owned)) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += 7;
        if let Some(place) = tokens[at..].iter().take(5).position(|token| token == "mod") {
            test_modules.push(tokens[at + place + 1].clone());
        }
        // To the end of the item: its semicolon, or the brace that closes it.
        let mut depth = 0_usize;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && [";", "}"].contains(&tokens[at - 1].as_str()) {
                break;
            }
        }
    }
    (kept, test_modules)
}

/// Names and signs, without comments, literals and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let is_at =
        |at: usize, wanted: &str| wanted.chars().enumerate().all(|(place, character)| characters.get(at + place) == Some(&character));
    while at < characters.len() {
        let character = characters[at];
        if is_at(at, "//") {
            while at < characters.len() && characters[at] != '\n' {
                at += 1;
            }
        } else if let Some(end) = end_of_raw_text(&characters, at) {
            at = end;
        } else if character == '"' {
            at = end_of_text(&characters, at);
        } else if character == '\'' {
            at = end_of_quote(&characters, at);
        } else if character.is_alphabetic() || character == '_' {
            let begin = at;
            while at < characters.len() && (characters[at].is_alphanumeric() || characters[at] == '_') {
                at += 1;
            }
            tokens.push(characters[begin..at].iter().collect());
        } else if is_at(at, "::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !character.is_whitespace() && !character.is_numeric() {
                tokens.push(character.to_string());
            }
            at += 1;
        }
    }
    tokens
}

fn end_of_text(characters: &[char], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < characters.len() && characters[at] != '"' {
        at += if characters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of `r"…"` or `r#"…"#`, if one begins here.
fn end_of_raw_text(characters: &[char], begin: usize) -> Option<usize> {
    let before = begin.checked_sub(1).and_then(|before| characters.get(before));
    if before.is_some_and(|before| before.is_alphanumeric() || *before == '_') && before != Some(&'b') || characters[begin] != 'r' {
        return None;
    }
    let hashes = characters[begin + 1..].iter().take_while(|character| **character == '#').count();
    if characters.get(begin + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut at = begin + 2 + hashes;
    while at < characters.len() {
        if characters[at] == '"' && characters[at + 1..].iter().take_while(|character| **character == '#').count() >= hashes {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(at)
}

/// The end of a character in quotes, or of the quote that begins a lifetime.
fn end_of_quote(characters: &[char], begin: usize) -> usize {
    match (characters.get(begin + 1), characters.get(begin + 2)) {
        (Some('\\'), _) => {
            let closing = characters[begin + 3..].iter().position(|character| *character == '\'');
            begin + 4 + closing.unwrap_or_default()
        }
        (Some(_), Some('\'')) => begin + 3,
        _ => begin + 1,
    }
}

#[test]
fn files_that_need_each_other_are_found_through_re_exports() {
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    };
    write("lib.rs", "mod a;\nmod b;\npub use b::Second;\n");
    write("a/mod.rs", "mod inner;\npub struct First;\npub use self::inner::Inner;\n");
    write("a/inner.rs", "use super::First;\n// use crate::b::Second;\npub struct Inner(First);\n");
    write("b.rs", "use crate::a::Inner;\npub struct Second(Inner);\n#[cfg(test)]\nmod tests { use crate::a::First; }\n");
    assert!(SourceTree::read(folder.path()).circles().is_empty());
    write("a/inner.rs", "use super::First;\nconst TEXT: &str = \"\\\"\";\npub struct Inner(First, Box<crate::Second>);\n");
    let circles = SourceTree::read(folder.path()).circles();
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(circles[0].contains(&"b".to_owned()) && circles[0].contains(&"a::inner".to_owned()), "{circles:?}");
}
