//! Import and export entries of a module.
//!
//! Every import binding and every exported local has a *cell* (an index into [`ModuleInfo::cells`]); scope analysis numbers
//! them, and this module writes the table that the runtime links from.

use crate::codegen::{Unit, scope_info};
use crate::scope::{Location, VarMode};
use oxc_ast::ast::{self as js, ImportDeclarationSpecifier, ModuleExportName, Statement};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use unspool_bytecode::{
    ExportEntry, ImportEntry, ImportName, ImportPhase, IndirectExport, JsString, LocalExport, ModuleCell,
    ModuleInfo, ModuleRequest, Span,
};

/// The names of a module's cells in order.
pub(crate) fn cell_names(module: &ModuleInfo) -> impl Iterator<Item = String> {
    module.cells.iter().map(|cell| cell.name.to_string_lossy())
}

/// Whether cell `index` belongs to an import.
pub(crate) fn is_import_cell(module: &ModuleInfo, index: usize) -> bool {
    module.cells[index].is_import
}

/// `import { type T }`: nothing at run time.
pub(crate) fn is_type_import(specifier: &ImportDeclarationSpecifier<'_>) -> bool {
    matches!(specifier, ImportDeclarationSpecifier::ImportSpecifier(s) if s.import_kind.is_type())
}

fn export_name(name: &ModuleExportName<'_>) -> JsString {
    match name {
        ModuleExportName::StringLiteral(l) => crate::codegen::js_string(&l.value, l.lone_surrogates),
        name => JsString::from(name.name().as_str()),
    }
}

fn span(s: oxc_span::Span) -> Span {
    Span { start: s.start, end: s.end }
}

struct Requests {
    list: Vec<ModuleRequest>,
}

impl Requests {
    fn add(
        &mut self,
        source: &js::StringLiteral<'_>,
        with: Option<&js::WithClause<'_>>,
        phase: Option<js::ImportPhase>,
    ) -> u32 {
        let phase = match phase {
            None => ImportPhase::Evaluation,
            Some(js::ImportPhase::Source) => ImportPhase::Source,
            Some(js::ImportPhase::Defer) => ImportPhase::Defer,
        };
        let specifier = crate::codegen::js_string(&source.value, source.lone_surrogates);
        let mut attributes: Vec<(JsString, JsString)> = with
            .iter()
            .flat_map(|w| &w.with_entries)
            .map(|a| {
                let key = match &a.key {
                    js::ImportAttributeKey::Identifier(id) => JsString::from(id.name.as_str()),
                    js::ImportAttributeKey::StringLiteral(l) => {
                        crate::codegen::js_string(&l.value, l.lone_surrogates)
                    }
                };
                (key, crate::codegen::js_string(&a.value.value, a.value.lone_surrogates))
            })
            .collect();
        attributes.sort();
        let known = self
            .list
            .iter()
            .position(|r| r.specifier == specifier && r.attributes == attributes && r.phase == phase);
        let at = known.unwrap_or_else(|| {
            self.list.push(ModuleRequest { specifier, attributes, phase, span: span(source.span) });
            self.list.len() - 1
        });
        at as u32
    }
}

/// The linking table of a module.
pub(crate) fn module_info(unit: Unit<'_, '_>, program: &js::Program<'_>) -> ModuleInfo {
    let a = unit.analysis;
    let scope = a.scope(a.main_scope);
    let mut info = ModuleInfo::default();
    let mut cell_of = FxHashMap::default();
    for &var in &scope.vars {
        let v = a.var(var);
        if let Location::ModuleCell(cell) = v.location {
            debug_assert_eq!(cell as usize, info.cells.len(), "cells are numbered in order of declaration");
            cell_of.insert(v.name, cell);
            info.cells.push(ModuleCell {
                name: JsString::from(v.name.as_str()),
                starts_as_hole: v.mode.has_dead_zone() || v.mode == VarMode::Import,
                is_import: v.mode == VarMode::Import,
            });
        }
    }
    let mut requests = Requests { list: Vec::new() };
    // What each import binding stands for: (request, name).
    let mut imported = FxHashMap::default();
    for statement in &program.body {
        match statement {
            Statement::ImportDeclaration(d) if !d.import_kind.is_type() => {
                let request = requests.add(&d.source, d.with_clause.as_deref(), d.phase);
                for specifier in d.specifiers.iter().flatten().filter(|s| !is_type_import(s)) {
                    let import = match specifier {
                        ImportDeclarationSpecifier::ImportSpecifier(s) => {
                            ImportName::Name(export_name(&s.imported))
                        }
                        // `import source x`: the phase of the request tells what the whole of it is.
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(_)
                            if d.phase == Some(js::ImportPhase::Source) =>
                        {
                            ImportName::Namespace
                        }
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => {
                            ImportName::Name(JsString::from("default"))
                        }
                        ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => ImportName::Namespace,
                    };
                    let local = specifier.local();
                    imported.insert(local.name, (request, import.clone()));
                    info.imports.push(ImportEntry {
                        request,
                        import,
                        cell: cell_of.get(&local.name).copied().unwrap_or(0),
                        local_name: JsString::from(local.name.as_str()),
                        span: span(local.span),
                    });
                }
            }
            Statement::ExportAllDeclaration(d) if !d.export_kind.is_type() => {
                let request = requests.add(&d.source, d.with_clause.as_deref(), None);
                match &d.exported {
                    Some(name) => info.exports.push(ExportEntry::Indirect(IndirectExport {
                        export: export_name(name),
                        request,
                        import: ImportName::Namespace,
                        span: span(d.span),
                    })),
                    None => info.exports.push(ExportEntry::Star(request)),
                }
            }
            Statement::ExportFromDeclaration(d) if !d.export_kind.is_type() => {
                let request = requests.add(&d.source, d.with_clause.as_deref(), None);
                for s in d.specifiers.iter().filter(|s| !s.export_kind.is_type()) {
                    info.exports.push(ExportEntry::Indirect(IndirectExport {
                        export: export_name(&s.exported),
                        request,
                        import: ImportName::Name(export_name(&s.local)),
                        span: span(s.span),
                    }));
                }
            }
            _ => {}
        }
    }
    for (local, exported, at) in &a.exported {
        let export = exported.clone();
        match imported.get(local) {
            // Re-export of an import; a namespace object is a local value.
            Some((request, import @ ImportName::Name(_))) => {
                info.exports.push(ExportEntry::Indirect(IndirectExport {
                    export,
                    request: *request,
                    import: import.clone(),
                    span: span(*at),
                }));
            }
            _ => {
                if let Some(&cell) = cell_of.get(local) {
                    info.exports.push(ExportEntry::Local(LocalExport { export, cell }));
                }
            }
        }
    }
    info.requests = requests.list;
    info.scope = Some(Arc::new(scope_info(unit, a.main_scope)));
    info.has_top_level_await = a.functions[0].has_await;
    info
}
