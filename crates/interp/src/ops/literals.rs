//! Object, array, template and regular-expression literals; arguments objects.
//!
//! Literals are made by `runtime::literals` from a boilerplate in the constant pool; those of arrays and objects remember
//! in their feedback slot what their first evaluations came to, such as the shape. Template objects are made once per
//! place in the program (GetTemplateObject, 13.2.8.4).

use unspool_runtime::{arguments, array_iteration, literals};
use unspool_values::Value;

use super::calls::actual_arguments;
use crate::machine::{Flow, Machine, Reg, done};

type M<'a> = Machine<'a>;

#[inline(always)]
pub(crate) fn create_reg_exp_literal(m: &mut M<'_>, regexp: usize, _slot: usize) -> Flow {
    m.save();
    let result = literals::regexp_literal(m.cx, m.template(), regexp as u32);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_array_literal(m: &mut M<'_>, boilerplate: usize, slot: usize) -> Flow {
    m.save();
    let result = literals::array_literal(m.cx, m.template(), boilerplate as u32, m.vector(), slot as u32);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_empty_array_literal(m: &mut M<'_>, _slot: usize) -> Flow {
    m.save();
    m.acc = literals::empty_array(m.cx);
    Flow::Next
}

#[inline(always)]
pub(crate) fn create_array_from_iterable(m: &mut M<'_>) -> Flow {
    m.save();
    let result = array_iteration::array_from_iterable(m.cx, m.acc);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_object_literal(m: &mut M<'_>, boilerplate: usize, slot: usize) -> Flow {
    m.save();
    let result = literals::object_literal(m.cx, m.template(), boilerplate as u32, m.vector(), slot as u32);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_empty_object_literal(m: &mut M<'_>) -> Flow {
    m.save();
    m.acc = literals::empty_object(m.cx);
    Flow::Next
}

#[inline(always)]
pub(crate) fn clone_object(m: &mut M<'_>, source: Reg, _slot: usize) -> Flow {
    m.save();
    let result = literals::clone_object(m.cx, m.get(source));
    m.finish(result)
}

#[inline(always)]
pub(crate) fn copy_data_properties(m: &mut M<'_>, target: Reg, source: Reg, excluded: (Reg, usize)) -> Flow {
    m.save();
    done(literals::copy_data_properties(m.cx, m.get(target), m.get(source), m.range(excluded.0, excluded.1)))
}

#[inline(always)]
pub(crate) fn get_template_object(m: &mut M<'_>, template: usize, _slot: usize) -> Flow {
    m.save();
    let result = literals::template_object(m.cx, m.template(), template as u32);
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_mapped_arguments(m: &mut M<'_>, scope: usize) -> Flow {
    m.save();
    let (first, count) = actual_arguments(m);
    // SAFETY: the actual arguments lie in the frame.
    let values = unsafe { std::slice::from_raw_parts(first, count) };
    let header = m.header();
    let result = arguments::mapped(
        m.cx,
        header.template.get(),
        scope as u32,
        header.context.get(),
        values,
        Value::from_cell(header.function.get()),
    );
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_unmapped_arguments(m: &mut M<'_>) -> Flow {
    m.save();
    let (first, count) = actual_arguments(m);
    // SAFETY: the actual arguments lie in the frame.
    let result = arguments::unmapped(m.cx, unsafe { std::slice::from_raw_parts(first, count) });
    m.finish(result)
}

#[inline(always)]
pub(crate) fn create_rest_parameter(m: &mut M<'_>) -> Flow {
    m.save();
    let (first, count) = actual_arguments(m);
    let formals = (m.template().formal_count.get() as usize).min(count);
    // SAFETY: the actual arguments lie in the frame.
    let result =
        arguments::rest(m.cx, unsafe { std::slice::from_raw_parts(first.add(formals), count - formals) });
    m.finish(result)
}
