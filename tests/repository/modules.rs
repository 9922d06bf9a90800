//! Which modules of a crate depend on which, and what no code may call.

use crate::rust_files;
use payments_test_function::repository_file;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use syn::visit::{self, Visit};

/// The modules of a crate that each of its modules uses, by their paths (`request::event`).
fn uses(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let source = repository_file(source);
    let files = rust_files(&source);
    let name_of = |file: &Path| {
        let path = file.strip_prefix(&source).expect("a file of the crate").with_extension("");
        let names = path.iter().map(|name| name.to_str().expect("UTF-8"));
        names.filter(|name| *name != "mod").collect::<Vec<_>>().join("::")
    };
    let modules: BTreeSet<_> = files.iter().map(|file| name_of(file)).collect();
    let uses = files.iter().map(|file| {
        let (module, code) = (name_of(file), fs::read_to_string(file).expect("UTF-8"));
        let mut uses = Uses { modules: &modules, module: &module, found: BTreeSet::new() };
        uses.visit_file(&syn::parse_file(&code).expect("Rust"));
        (module.clone(), uses.found)
    });
    uses.collect()
}

/// Finds the modules that a module uses, in its imports and elsewhere, but not in its tests.
struct Uses<'a> {
    modules: &'a BTreeSet<String>,
    module: &'a str,
    found: BTreeSet<String>,
}

impl Uses<'_> {
    /// Adds the module of a path: the longest beginning of it that is one, or the crate's root, which has the names that it exports.
    fn add(&mut self, path: &[String]) {
        let here = self.module.split("::").filter(|name| *name != "lib").collect::<Vec<_>>();
        let (base, names) = match path {
            [first, names @ ..] if first == "crate" => (Vec::new(), names),
            [first, names @ ..] if first == "super" => (here[..here.len().saturating_sub(1)].to_vec(), names),
            names => (here, names),
        };
        let absolute = base.iter().copied().chain(names.iter().map(String::as_str)).collect::<Vec<_>>();
        let beginnings = (base.len() + 1..=absolute.len()).rev().map(|end| absolute[..end].join("::"));
        let module = beginnings.into_iter().find(|name| self.modules.contains(name));
        let root = (path[0] == "crate").then(|| "lib".to_owned());
        self.found.extend(module.or(root).filter(|module| module != self.module));
    }

    fn add_tree(&mut self, path: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.add_tree(path, &part.tree);
                path.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(path, tree)),
            syn::UseTree::Name(syn::UseName { ident }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                path.push(ident.to_string());
                self.add(path);
                path.pop();
            }
            syn::UseTree::Glob(_) => self.add(path),
        }
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&mut Vec::new(), &item.tree);
    }

    /// `pub(crate)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&names);
        visit::visit_path(self, path);
    }
}

#[test]
fn no_modules_depend_on_each_other_in_a_circle() {
    for source in [
        "shared/domain/src",
        "shared/store/src",
        "shared/process/src",
        "shared/http/src",
        "local/src",
        "local/dynamodb/src",
        "local/server/src",
    ] {
        let mut uses = uses(source);
        // Remove each module that uses none of those that are left, until nothing changes. The rest is a circle.
        while let Some(free) = uses.iter().find(|(_, used)| used.iter().all(|used| !uses.contains_key(used))) {
            let free = free.0.clone();
            uses.remove(&free);
        }
        assert_eq!(uses, BTreeMap::new(), "these modules of {source} depend on each other in a circle");
    }
}

#[test]
fn the_modules_of_the_domain_depend_on_one_another_in_the_documented_order() {
    let order = ["value", "payment", "guard", "command", "decision"];
    let uses = uses("shared/domain/src");
    assert_eq!(uses.keys().map(String::as_str).collect::<BTreeSet<_>>(), order.into_iter().chain(["lib"]).collect());
    for (place, module) in order.iter().enumerate() {
        for used in &uses[*module] {
            assert!(order[..place].contains(&used.as_str()), "{module} must not depend on {used}");
        }
    }
}

#[test]
fn time_and_ids_come_from_outside() {
    let clippy = fs::read_to_string(repository_file("clippy.toml")).expect("clippy.toml");
    for banned in ["std::time::SystemTime::now", "uuid::Uuid::new_v4"] {
        assert!(clippy.contains(&format!("path = \"{banned}\"")), "clippy must refuse {banned}");
    }
}
