//! Import and export entries of a module.
//!
//! Every import binding and every exported local has a *cell* (an index into [`ModuleInfo::cells`]); scope analysis numbers
//! them, and this module writes the table that the runtime links from.

use crate::codegen::{Unit, scope_info, string_literal};
use crate::scope::{Analysis, Location, VarMode};
use oxc_ast::ast::{self as js, ImportDeclarationSpecifier, ModuleExportName, Statement};
use oxc_str::Ident;
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

/// The name under which something is exported or imported.
pub(crate) fn export_name(name: &ModuleExportName<'_>) -> JsString {
    match name {
        ModuleExportName::StringLiteral(l) => string_literal(l),
        name => JsString::from(name.name().as_str()),
    }
}

fn span(s: oxc_span::Span) -> Span {
    Span { start: s.start, end: s.end }
}

/// The modules that are asked for, each once.
#[derive(Default)]
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
        let specifier = string_literal(source);
        let mut attributes: Vec<(JsString, JsString)> = with
            .iter()
            .flat_map(|w| &w.with_entries)
            .map(|a| {
                let key = match &a.key {
                    js::ImportAttributeKey::Identifier(id) => JsString::from(id.name.as_str()),
                    js::ImportAttributeKey::StringLiteral(l) => string_literal(l),
                };
                (key, string_literal(&a.value))
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
    let mut table = Table::default();
    table.add_cells(unit.analysis);
    for statement in &program.body {
        table.add_statement(statement);
    }
    table.add_local_exports(unit.analysis);
    let mut info = table.info;
    info.requests = table.requests.list;
    info.scope = Some(Arc::new(scope_info(unit, unit.analysis.main_scope)));
    info.has_top_level_await = unit.analysis.functions[0].has_await;
    info
}

/// A linking table in the making.
#[derive(Default)]
struct Table<'a> {
    info: ModuleInfo,
    requests: Requests,
    /// The cells of the bindings that live in one.
    cell_of: FxHashMap<Ident<'a>, u32>,
    /// What each import binding stands for: (request, name).
    imported: FxHashMap<Ident<'a>, (u32, ImportName)>,
}

impl<'a> Table<'a> {
    fn add_cells(&mut self, a: &Analysis<'a>) {
        for &var in &a.scope(a.main_scope).vars {
            let v = a.var(var);
            if let Location::ModuleCell(cell) = v.location {
                let cells = &mut self.info.cells;
                debug_assert_eq!(cell as usize, cells.len(), "cells are numbered in order of declaration");
                self.cell_of.insert(v.name, cell);
                cells.push(ModuleCell {
                    name: JsString::from(v.name.as_str()),
                    starts_as_hole: v.mode.has_dead_zone() || v.mode == VarMode::Import,
                    is_import: v.mode == VarMode::Import,
                });
            }
        }
    }

    /// The requests, imports and indirect exports of a statement.
    fn add_statement(&mut self, statement: &Statement<'a>) {
        match statement {
            Statement::ImportDeclaration(d) if !d.import_kind.is_type() => self.add_imports(d),
            Statement::ExportAllDeclaration(d) if !d.export_kind.is_type() => {
                let request = self.requests.add(&d.source, d.with_clause.as_deref(), None);
                self.info.exports.push(match &d.exported {
                    Some(name) => ExportEntry::Indirect(IndirectExport {
                        export: export_name(name),
                        request,
                        import: ImportName::Namespace,
                        span: span(d.span),
                    }),
                    None => ExportEntry::Star(request),
                });
            }
            Statement::ExportFromDeclaration(d) if !d.export_kind.is_type() => {
                let request = self.requests.add(&d.source, d.with_clause.as_deref(), None);
                for s in d.specifiers.iter().filter(|s| !s.export_kind.is_type()) {
                    self.info.exports.push(ExportEntry::Indirect(IndirectExport {
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

    fn add_imports(&mut self, d: &js::ImportDeclaration<'a>) {
        let request = self.requests.add(&d.source, d.with_clause.as_deref(), d.phase);
        for specifier in d.specifiers.iter().flatten().filter(|s| !is_type_import(s)) {
            let import = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(s) => ImportName::Name(export_name(&s.imported)),
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
            self.imported.insert(local.name, (request, import.clone()));
            self.info.imports.push(ImportEntry {
                request,
                import,
                cell: self.cell_of.get(&local.name).copied().unwrap_or(0),
                local_name: JsString::from(local.name.as_str()),
                span: span(local.span),
            });
        }
    }

    /// The exports of names of this module; those that are imports are indirect ones.
    fn add_local_exports(&mut self, a: &Analysis<'a>) {
        for (local, exported, at) in &a.exported {
            let export = exported.clone();
            match self.imported.get(local) {
                // Re-export of an import; a namespace object is a local value.
                Some((request, import @ ImportName::Name(_))) => {
                    self.info.exports.push(ExportEntry::Indirect(IndirectExport {
                        export,
                        request: *request,
                        import: import.clone(),
                        span: span(*at),
                    }));
                }
                _ => {
                    if let Some(&cell) = self.cell_of.get(local) {
                        self.info.exports.push(ExportEntry::Local(LocalExport { export, cell }));
                    }
                }
            }
        }
    }
}
