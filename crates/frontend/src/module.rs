//! Import and export entries of a module.
//!
//! Every import binding and every exported local has a *cell* (an index into [`ModuleInfo::cells`]); scope analysis numbers
//! them, and this module writes the table that the runtime links from.

use unspool_bytecode::ModuleInfo;

/// The names of a module's cells in order.
pub(crate) fn cell_names(module: &ModuleInfo) -> impl Iterator<Item = String> {
    module.cells.iter().map(|cell| cell.name.to_string_lossy())
}

/// Whether cell `index` belongs to an import.
pub(crate) fn is_import_cell(module: &ModuleInfo, index: usize) -> bool {
    module.cells[index].is_import
}
