//! Making a snapshot, on the main thread.
//!
//! The function's bytecode is walked once; each instruction with a feedback slot gives the slot's plan. Call targets that
//! look worth inlining are captured too, breadth first, within budgets.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use unspool_bytecode::{CodeBlock, ConstIndex, IntrinsicId, Opcode, OperandKind, SlotIndex, SlotKind};
use unspool_gc::{Gc, Header};
use unspool_runtime::cells::{
    FeedbackCell, FeedbackSlot, FeedbackVector, Function, FunctionTemplate, Handler, IcState, NativeFunction,
    PolymorphicCache,
};
use unspool_runtime::feedback::{CallFeedback, IteratorFeedback};
use unspool_runtime::isolate::PinnedJob;
use unspool_runtime::native::{KnownNative, NativeFn};
use unspool_runtime::object::shapes::DEFAULT_INLINE_CAPACITY;
use unspool_runtime::realm::{Intrinsic, Realm, RealmShape};
use unspool_runtime::{Cx, ValueExt as _, array_iteration, environment};
use unspool_shapes::ShapeId;
use unspool_values::atom::KnownAtom;
use unspool_values::object::GcVec;
use unspool_values::{CellKind, PropertyKey, Value};

use super::dependency::slot_number;
use super::plan::{CallPlan, ConstructPlan, Constructed, GlobalLoad, LoadAccess, SlotPlan};
use super::{
    ArgumentsShapes, CellInfo, ClosureShape, Dependency, DependencyRef, FunctionSnapshot, Roots, ShapeInfo,
    Signature, Snapshot, Superclass, Target,
};
use crate::graph::{CellRef, FunctionRef, ShapeRef, TaggedConst, TargetRef};
use crate::log::{Bet, DependencyKind, State};

/// Bytes of bytecode of a function that may be inlined (V8's `max_inlined_bytecode_size`).
const MAX_CANDIDATE_BYTES: usize = 460;
/// Bytes of bytecode of all functions that are candidates for inlining (V8's cumulative budget).
const MAX_CANDIDATE_BYTES_CUMULATIVE: usize = 920;

/// A call that is made less than once in so many bytes of executed bytecode is not inlined: in compiled code it costs less than a hundredth of their time, and what inlining would tell about its arguments counts for little more.
const BYTES_PER_CALL: u64 = 16 * 1024;

/// Captures `function` with the functions that may be inlined into it. The isolate keeps what the snapshot mentions under the number of the
/// job until that is [released](Roots::release). None if the function has no feedback, or if there is no memory.
pub fn capture(cx: Cx<'_>, function: Gc<Function>, job: u32) -> Option<(Snapshot, Roots)> {
    let roots = Roots { job, cells: GcVec::new(cx) };
    cx.pinned_jobs.borrow_mut().push(PinnedJob { id: job, cells: roots.cells, shapes: Vec::new() });
    let captured = capture_all(cx, function, roots);
    if captured.is_none() {
        roots.release(cx);
    }
    captured
}

fn capture_all(cx: Cx<'_>, function: Gc<Function>, roots: Roots) -> Option<(Snapshot, Roots)> {
    let mut capture = Capture {
        cx,
        roots,
        snapshot: Snapshot::default(),
        cells: HashMap::new(),
        shapes: HashMap::new(),
        targets: HashMap::new(),
        dependencies: HashMap::new(),
        closures: Vec::new(),
        considered: HashSet::new(),
        candidates: VecDeque::new(),
        bytes: 0,
        root: function,
        at_cold_call: false,
        place: None,
        with_texts: cx.config.print_graph || cx.config.trace_deopt,
        is_unrooted: false,
    };
    capture.function(function.template, function.feedback)?;
    capture.candidates();
    // What constructors call on new objects may be worth inlining, too.
    capture.loads_of_receivers();
    capture.candidates();
    capture.contexts(function);
    (!capture.is_unrooted).then_some((capture.snapshot, capture.roots))
}

pub(super) struct Capture<'a> {
    pub(super) cx: Cx<'a>,
    roots: Roots,
    pub(super) snapshot: Snapshot,
    cells: HashMap<u64, CellRef>,
    shapes: HashMap<u32, ShapeRef>,
    /// By address of the feedback cell.
    targets: HashMap<u64, TargetRef>,
    dependencies: HashMap<Dependency, DependencyRef>,
    /// Closures that may be inlined.
    pub(super) closures: Vec<(CellRef, TargetRef)>,
    considered: HashSet<TargetRef>,
    candidates: VecDeque<(Gc<FunctionTemplate>, Gc<FeedbackCell>, TargetRef)>,
    /// Bytes of bytecode of captured candidates.
    bytes: usize,
    /// The function that is compiled. It is not inlined into itself, and its code runs in its realm.
    pub(super) root: Gc<Function>,
    /// The instruction whose plan is made is a call that is rarely made.
    at_cold_call: bool,
    /// The instruction whose plan is made.
    place: Option<(Gc<FunctionTemplate>, u32)>,
    /// Somebody may look at dumps.
    pub(super) with_texts: bool,
    /// There was no memory to keep a cell alive: nothing comes of the job.
    is_unrooted: bool,
}

/// One entry of an inline cache.
pub(super) type CacheEntry = (ShapeId, Handler);

impl<'a> Capture<'a> {
    /// Captures the functions that look worth inlining.
    fn candidates(&mut self) {
        while let Some((template, feedback, target)) = self.candidates.pop_front() {
            let bytes = template.code().map_or(usize::MAX, |code| code.bytecode.len());
            if bytes + self.bytes > MAX_CANDIDATE_BYTES_CUMULATIVE {
                continue;
            }
            self.bytes += bytes;
            let inlined = self.function(template, feedback);
            self.snapshot.targets[target.index()].inlined = inlined;
        }
    }

    /// Constructors that many classes share have seen all of them; where one is inlined, the shape of its receiver is known, and
    /// with that what a load from it finds: the methods.
    fn loads_of_receivers(&mut self) {
        let mut wanted: Vec<(Constructed, FunctionRef)> = Vec::new();
        for plan in self.snapshot.functions.iter().flat_map(|function| &function.slots) {
            if let SlotPlan::Construct(ConstructPlan::Closure { target, made: Some(made), .. }) = plan
                && let Some(inlined) = self.snapshot.target_info(*target).inlined
                && !wanted.contains(&(*made, inlined))
            {
                wanted.push((*made, inlined));
            }
        }
        for (made, inlined) in wanted {
            let function = self.snapshot.function(inlined);
            let (code, template) = (Arc::clone(&function.code), self.value(function.template));
            let Some(template) = template.and_then(|value| value.to::<FunctionTemplate>()) else { continue };
            for raw in code.instructions().map_while(Result::ok) {
                let is_generic = |slot: u32| {
                    let plan = self.snapshot.function(inlined).slots.get(slot as usize);
                    matches!(plan, Some(SlotPlan::Generic))
                };
                let loads = raw.opcode == Opcode::GetNamedProperty
                    && raw.first_of(OperandKind::RegIn) == Some(code.register_count)
                    && raw.first_of(OperandKind::Slot).is_some_and(is_generic);
                if let Some(name) = raw.first_of(OperandKind::Const).filter(|_| loads)
                    && let TaggedConst::Cell(key) = self.snapshot.function(inlined).constant(ConstIndex(name))
                {
                    self.place = Some((template, raw.offset));
                    self.load_of_receiver(made.shape, key);
                }
            }
        }
    }

    fn load_of_receiver(&mut self, shape: ShapeRef, key: CellRef) {
        let Some(case) = self.value(key).and_then(|name| self.method_of(shape, name)) else { return };
        if let LoadAccess::Constant(TaggedConst::Cell(cell)) = case.access
            && let Some(function) = self.value(cell).and_then(|value| value.to::<Function>())
            && let Some(target) = self.closure_target(function)
        {
            self.snapshot.closures_by_cell.insert(cell, target);
        }
        self.snapshot.loads_of_shapes.insert((shape, key), case);
    }

    /// The cell with a number; none if the list could not grow, which ends the job.
    pub(super) fn value(&self, cell: CellRef) -> Option<Value> {
        self.roots.cells.try_get(cell.index())
    }

    /// The number of a cell.
    pub(super) fn cell(&mut self, cell: Gc<Header>) -> CellRef {
        let address = cell.addr() as u64;
        if let Some(&known) = self.cells.get(&address) {
            return known;
        }
        let value = Value::from_cell(cell);
        if self.roots.cells.push(self.cx, value).is_err() {
            self.is_unrooted = true;
        }
        let number = CellRef(self.snapshot.cells.len() as u32);
        let kind = CellKind::of(&cell);
        let text = if self.with_texts { self.describe(value, kind).into() } else { Box::default() };
        self.snapshot.cells.push(CellInfo { address, kind, text });
        self.cells.insert(address, number);
        number
    }

    fn describe(&self, value: Value, kind: CellKind) -> String {
        let name = |template: Gc<FunctionTemplate>| template.info.name.to_string_lossy();
        if let Some(string) = value.to() {
            return format!("{:?}", self.cx.rust_string(string).chars().take(40).collect::<String>());
        }
        if let Some(function) = value.to::<Function>() {
            return format!("function {}", name(function.template));
        }
        if let Some(function) = value.to::<NativeFunction>() {
            return format!("native {}", self.cx.describe(function.name).trim_matches('"'));
        }
        if let Some(template) = value.to::<FunctionTemplate>() {
            return format!("template {}", name(template));
        }
        if let Some(vector) = value.to::<FeedbackVector>() {
            return format!("feedback of {}", name(vector.template));
        }
        kind.name().to_owned()
    }

    /// A value as a constant.
    pub(super) fn constant(&mut self, value: Value) -> TaggedConst {
        match value.to_cell() {
            Some(cell) => TaggedConst::Cell(self.cell(cell)),
            None => TaggedConst::Bits(value.bits()),
        }
    }

    /// The number of a shape.
    pub(super) fn shape(&mut self, shape: ShapeId) -> ShapeRef {
        if let Some(&known) = self.shapes.get(&shape.raw()) {
            return known;
        }
        let kind = CellKind::ALL[self.cx.shapes.class(shape) as usize];
        let text = if self.with_texts { self.describe_shape(shape, kind).into() } else { Box::default() };
        let number = ShapeRef(self.snapshot.shapes.len() as u32);
        if let Some(job) = self.cx.pinned_jobs.borrow_mut().iter_mut().find(|job| job.id == self.roots.job) {
            job.shapes.push(shape);
        }
        self.snapshot.shapes.push(ShapeInfo { id: shape.raw(), kind, text });
        self.shapes.insert(shape.raw(), number);
        number
    }

    fn describe_shape(&self, shape: ShapeId, kind: CellKind) -> String {
        let mut text = format!("{} {{", kind.name());
        for (i, key) in self.cx.shapes.keys(shape).enumerate() {
            if i == 6 {
                text.push_str(", …");
                break;
            }
            text.push_str(if i == 0 { "" } else { ", " });
            text.push_str(&key.to_string());
        }
        text.push('}');
        text
    }

    /// May code rely on a dependency at the instruction whose plan is made? The speculation log says.
    pub(super) fn may_depend(&self, kind: DependencyKind, class: CellKind) -> bool {
        let Some((template, offset)) = self.place else { return true };
        State::existing(&template)
            .is_none_or(|state| !state.log.refuses(offset, Bet::Dependency(kind, class)))
    }

    /// The number of a dependency.
    pub(super) fn dependency(&mut self, dependency: Dependency) -> DependencyRef {
        let dependencies = &mut self.snapshot.dependencies;
        *self.dependencies.entry(dependency).or_insert_with(|| {
            dependencies.push(dependency);
            DependencyRef(dependencies.len() as u32 - 1)
        })
    }

    /// The cell of a key that is no index.
    pub(super) fn key_cell(&mut self, key: PropertyKey) -> Option<CellRef> {
        if key.is_index() {
            return None;
        }
        let value = key.to_value(self.cx, &self.cx.atoms);
        Some(self.cell(value.to_cell()?))
    }

    fn function(
        &mut self,
        template: Gc<FunctionTemplate>,
        feedback: Gc<FeedbackCell>,
    ) -> Option<FunctionRef> {
        let code = Arc::clone(template.code()?);
        let number = FunctionRef(self.snapshot.functions.len() as u32);
        let vector = feedback.vector.get();
        let pool = template.constants.get();
        let constants = (0..code.constants.len() as u32)
            .map(|i| {
                pool.and_then(|pool| pool.get(i)).map_or(TaggedConst::HOLE, |value| self.constant(value))
            })
            .collect();
        let global = template.realm.global.get().to_cell().map(|global| self.cell(global));
        let realm = template.realm;
        let snapshot = FunctionSnapshot {
            empty_object: (
                self.shape(Realm::shape(realm, self.cx, RealmShape::EmptyObject)),
                u32::from(DEFAULT_INLINE_CAPACITY),
            ),
            empty_array: self.shape(Realm::shape(realm, self.cx, RealmShape::Array)),
            template: self.cell(template.erase()),
            feedback_cell: self.cell(feedback.erase()),
            vector: vector.map(|vector| self.cell(vector.erase())),
            global,
            arguments: code.info.observes_actual_arguments().then(|| self.arguments_shapes(realm)),
            constants,
            slots: Vec::new(),
            array_iteration: None,
            entered_handlers: vector.map_or(0, |vector| vector.entered_handlers.get()),
            refused: BTreeSet::new(),
            refused_dependencies: BTreeSet::new(),
            cold_calls: BTreeSet::new(),
            code: Arc::clone(&code),
        };
        self.snapshot.functions.push(snapshot);
        let mut cold_calls = BTreeSet::new();
        let slots = self.slots(template, &code, vector, &mut cold_calls);
        self.applied(&slots);
        let spread =
            code.instructions().map_while(Result::ok).find(|raw| raw.opcode == Opcode::PrepareSpread);
        let array_iteration = spread.and_then(|raw| {
            self.place = Some((template, raw.offset));
            self.array_iteration(realm)
        });
        let snapshot = &mut self.snapshot.functions[number.index()];
        (snapshot.slots, snapshot.array_iteration) = (slots, array_iteration);
        snapshot.cold_calls = cold_calls;
        if let Some(state) = State::existing(&template)
            && !state.log.is_empty()
        {
            snapshot.refused = state.log.refused_guards();
            snapshot.refused_dependencies = state.log.refused_dependencies();
            self.snapshot.has_failures = true;
        }
        Some(number)
    }

    /// Where functions are called by `call` or `apply`, the feedback of the call does not say which.
    fn applied(&mut self, slots: &[SlotPlan]) {
        let applies = |plan: &SlotPlan| {
            matches!(
                plan,
                SlotPlan::Call(CallPlan::Native(_, KnownNative::FunctionCall | KnownNative::FunctionApply))
            )
        };
        if !slots.iter().any(applies) {
            return;
        }
        let mut constants: Vec<CellRef> = Vec::new();
        for plan in slots {
            match plan {
                SlotPlan::GlobalLoad(GlobalLoad::Constant(TaggedConst::Cell(cell), _)) => {
                    constants.push(*cell)
                }
                SlotPlan::Load(cases) => {
                    constants.extend(cases.iter().filter_map(|case| match case.access {
                        LoadAccess::Constant(TaggedConst::Cell(cell)) => Some(cell),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
        for cell in constants {
            if let Some(function) = self.value(cell).and_then(|value| value.to::<Function>())
                && let Some(target) = self.closure_target(function)
            {
                self.snapshot.closures_by_cell.insert(cell, target);
            }
        }
    }

    fn arguments_shapes(&mut self, realm: Gc<Realm>) -> ArgumentsShapes {
        let iterator = Realm::intrinsic(realm, self.cx, Intrinsic::ArrayPrototypeValues);
        ArgumentsShapes {
            mapped: self.shape(Realm::shape(realm, self.cx, RealmShape::MappedArguments)),
            unmapped: self.shape(Realm::shape(realm, self.cx, RealmShape::UnmappedArguments)),
            iterator: self.constant(iterator.into()),
        }
    }

    fn slots(
        &mut self,
        template: Gc<FunctionTemplate>,
        code: &CodeBlock,
        vector: Option<Gc<FeedbackVector>>,
        cold_calls: &mut BTreeSet<u32>,
    ) -> Vec<SlotPlan> {
        let mut plans = vec![SlotPlan::Opaque; code.feedback.len()];
        let Some(vector) = vector else {
            for (plan, kind) in plans.iter_mut().zip(code.feedback.kinds()) {
                *plan = if is_planned(*kind) { SlotPlan::Generic } else { SlotPlan::Opaque };
            }
            return plans;
        };
        for raw in code.instructions().map_while(Result::ok) {
            let Some(slot) = raw.first_of(OperandKind::Slot) else { continue };
            let Some(kind) = code.feedback.get(SlotIndex(slot)) else { continue };
            let key = match raw.opcode {
                Opcode::GetIteratorMethod => Some(PropertyKey::from_symbol(
                    self.cx.symbols.get(unspool_values::symbol::WellKnownSymbol::iterator),
                )),
                _ => raw.first_of(OperandKind::Const).and_then(|constant| {
                    let value = template.constants.get()?.get(constant)?;
                    (value.is_string() || value.is_symbol())
                        .then(|| environment::constant_key(self.cx, value))
                }),
            };
            self.place = Some((template, raw.offset));
            self.at_cold_call = matches!(kind, SlotKind::Call | SlotKind::Construct)
                && is_cold(self.cx, vector, vector.slot(slot_number(SlotIndex(slot))));
            if self.at_cold_call {
                cold_calls.insert(raw.offset);
            }
            plans[slot as usize] = self.slot(template, vector, slot_number(SlotIndex(slot)), kind, key);
        }
        self.at_cold_call = false;
        plans
    }

    fn slot(
        &mut self,
        template: Gc<FunctionTemplate>,
        vector: Gc<FeedbackVector>,
        slot: u32,
        kind: SlotKind,
        key: Option<PropertyKey>,
    ) -> SlotPlan {
        let feedback = vector.slot(slot);
        match kind {
            SlotKind::BinaryOp => match feedback.bits.get() {
                0 => SlotPlan::Uninitialized,
                bits => SlotPlan::Binary(bits),
            },
            SlotKind::Compare => match feedback.bits.get() {
                0 => SlotPlan::Uninitialized,
                bits => SlotPlan::Compare(bits),
            },
            SlotKind::IteratorStep => match feedback.bits.get() {
                0 => SlotPlan::Uninitialized,
                IteratorFeedback::FAST => {
                    self.array_iterator_next(template.realm).map_or(SlotPlan::Generic, SlotPlan::ArrayStep)
                }
                _ => SlotPlan::Generic,
            },
            SlotKind::Call if feedback.count.get() == 0 => SlotPlan::Uninitialized,
            SlotKind::Call => SlotPlan::Call(self.call(feedback.bits.get(), feedback.handler.get().cell)),
            SlotKind::Construct if feedback.count.get() == 0 => SlotPlan::Uninitialized,
            SlotKind::Construct => {
                let cell = feedback.handler.get().cell;
                SlotPlan::Construct(self.construct(template.realm, feedback.bits.get(), cell))
            }
            SlotKind::LoadGlobal | SlotKind::LoadGlobalInsideTypeof => {
                self.global_load(template, feedback.shape.get(), feedback.handler.get(), key)
            }
            SlotKind::StoreGlobalSloppy | SlotKind::StoreGlobalStrict => {
                self.global_store(template, feedback.shape.get(), feedback.handler.get(), key)
            }
            SlotKind::Closure => match feedback.extra.get() {
                Some(cell) => match Value::from_cell(cell).to::<FeedbackCell>() {
                    Some(feedback) => {
                        if let Some(vector) = feedback.vector.get() {
                            self.target(vector.template, feedback);
                            self.closure_shape(vector.template, feedback);
                        }
                        SlotPlan::Closure(self.cell(cell))
                    }
                    None => SlotPlan::Opaque,
                },
                None => SlotPlan::Opaque,
            },
            SlotKind::LoadPrivate | SlotKind::SetPrivate | SlotKind::DefinePrivate => {
                match (feedback.state.get(), feedback.handler.get().cell) {
                    (IcState::Uninitialized, _) => SlotPlan::Uninitialized,
                    (IcState::Monomorphic, Some(name)) => {
                        let entries = [(feedback.shape.get(), feedback.handler.get())];
                        let plan = match kind {
                            SlotKind::LoadPrivate => self.named_load(&entries, None),
                            _ => self.named_store(&entries, None),
                        };
                        SlotPlan::Private(self.cell(name), Box::new(plan))
                    }
                    _ => SlotPlan::Generic,
                }
            }
            SlotKind::Literal => self.literal(feedback.extra.get()),
            SlotKind::LoadProperty
            | SlotKind::LoadSuper
            | SlotKind::SetNamedSloppy
            | SlotKind::SetNamedStrict
            | SlotKind::DefineNamed
            | SlotKind::LoadKeyed
            | SlotKind::SetKeyedSloppy
            | SlotKind::SetKeyedStrict => {
                let entries = match feedback.state.get() {
                    IcState::Uninitialized if feedback.bits.get() == 0 => return SlotPlan::Uninitialized,
                    IcState::Uninitialized | IcState::Megamorphic => return SlotPlan::Generic,
                    IcState::Monomorphic => vec![(feedback.shape.get(), feedback.handler.get())],
                    IcState::Polymorphic => polymorphic_entries(feedback.extra.get()),
                };
                match kind {
                    SlotKind::LoadProperty | SlotKind::LoadSuper => self.named_load(&entries, key),
                    SlotKind::LoadKeyed => self.keyed_load(&entries, feedback.bits.get()),
                    SlotKind::SetKeyedSloppy | SlotKind::SetKeyedStrict => {
                        self.keyed_store(&entries, feedback.bits.get())
                    }
                    _ => self.named_store(&entries, key),
                }
            }
            _ => SlotPlan::Opaque,
        }
    }

    /// The `next` of array iterators, while it is the original one.
    pub(super) fn array_iterator_next(&mut self, realm: Gc<Realm>) -> Option<CellRef> {
        let prototype = realm.existing_intrinsic(Intrinsic::ArrayIteratorPrototype)?;
        let next = prototype.own_data_value(self.cx, self.cx.key(KnownAtom::next))?.to::<NativeFunction>()?;
        std::ptr::fn_addr_eq(next.function, array_iteration::array_iterator_next as NativeFn)
            .then(|| self.cell(next.erase()))
    }

    /// The target that closures with a feedback cell call. There is none in other realms: what code makes and throws belongs to its realm,
    /// and so do the frames that an exit rebuilds; calls that change the realm are the runtime's.
    pub(super) fn target(
        &mut self,
        template: Gc<FunctionTemplate>,
        feedback: Gc<FeedbackCell>,
    ) -> Option<TargetRef> {
        if template.realm != self.root.template.realm {
            return None;
        }
        let address = feedback.addr() as u64;
        if let Some(&known) = self.targets.get(&address) {
            self.consider(template, feedback, known);
            return Some(known);
        }
        let code = template.code()?;
        let info = &code.info;
        let signature = if info.observes_actual_arguments() || code.new_target_or_generator.is_some() {
            Signature::Observing
        } else {
            Signature::Formals
        };
        let target = Target {
            template: self.cell(template.erase()),
            feedback_cell: self.cell(feedback.erase()),
            formals: info.formal_count,
            signature,
            coerces_receiver: info.coerces_receiver(),
            is_class_constructor: info.kind.is_class_constructor(),
            is_base_constructor: template.has(FunctionTemplate::CONSTRUCTOR)
                && !template.has(FunctionTemplate::DERIVED),
            is_derived_constructor: template.has(FunctionTemplate::DERIVED),
            superclass: None,
            is_resumable: info.is_resumable(),
            inlined: None,
            global_this: template.realm.global_this.get().to_cell().map(|global| self.cell(global)),
            text: format!("{}", info.name).into(),
        };
        let number = TargetRef(self.snapshot.targets.len() as u32);
        self.snapshot.targets.push(target);
        self.targets.insert(address, number);
        self.consider(template, feedback, number);
        Some(number)
    }

    /// Makes a target that is called here a candidate for inlining, if it is worth that and is none yet.
    fn consider(&mut self, template: Gc<FunctionTemplate>, feedback: Gc<FeedbackCell>, number: TargetRef) {
        let target = &self.snapshot.targets[number.index()];
        let Some(code) = template.code() else { return };
        let worth_inlining = !self.at_cold_call
            && code.bytecode.len() <= MAX_CANDIDATE_BYTES
            && feedback != self.root.feedback
            && !template.has(FunctionTemplate::NEVER_OPTIMIZE)
            && !target.is_resumable
            && (target.signature == Signature::Formals
                || knows_its_arguments(code, target.is_derived_constructor))
            && feedback.vector.get().is_some();
        if worth_inlining && self.considered.insert(number) {
            self.candidates.push_back((template, feedback, number));
        }
    }

    /// Notes what closures of a template are made as, once there are so many that nobody counts them any more.
    fn closure_shape(&mut self, template: Gc<FunctionTemplate>, feedback: Gc<FeedbackCell>) {
        use FunctionTemplate as T;
        let flags = template.flags.get();
        if feedback.closures.get() < 2 || flags & (T::GENERATOR | T::ASYNC | T::CLASS_CONSTRUCTOR) != 0 {
            return;
        }
        let has_prototype = flags & T::CONSTRUCTOR != 0;
        let shape = match (has_prototype, flags & T::STRICT != 0) {
            (false, _) => RealmShape::Method,
            (true, true) => RealmShape::Function,
            (true, false) => RealmShape::SloppyFunction,
        };
        let shape = Realm::shape(template.realm, self.cx, shape);
        let shape = ClosureShape {
            feedback_cell: self.cell(feedback.erase()),
            shape: self.shape(shape),
            has_prototype,
        };
        if !self.snapshot.closures.contains(&shape) {
            self.snapshot.closures.push(shape);
        }
    }

    /// The target of a closure.
    pub(super) fn closure_target(&mut self, function: Gc<Function>) -> Option<TargetRef> {
        let target = self.target(function.template, function.feedback)?;
        let closure = (self.cell(function.erase()), target);
        if !self.closures.contains(&closure) {
            self.closures.push(closure);
        }
        Some(target)
    }

    pub(super) fn call(&mut self, bits: u8, cell: Option<Gc<Header>>) -> CallPlan {
        if bits & (CallFeedback::MEGAMORPHIC | CallFeedback::OTHER) != 0 {
            return CallPlan::Any;
        }
        let Some(cell) = cell else { return CallPlan::Any };
        let value = Value::from_cell(cell);
        if let Some(function) = value.to::<Function>() {
            if let Some(target) = self.closure_target(function) {
                return CallPlan::Closure(self.cell(cell), target);
            }
        } else if let Some(feedback) = value.to::<FeedbackCell>() {
            if let Some(vector) = feedback.vector.get()
                && let Some(target) = self.target(vector.template, feedback)
            {
                return CallPlan::FeedbackCell(self.cell(cell), target);
            }
        } else if let Some(native) = value.to::<NativeFunction>() {
            let is_here = native.realm == self.root.template.realm;
            let known = if is_here { native.known() } else { KnownNative::Any };
            return CallPlan::Native(self.cell(cell), known);
        }
        CallPlan::Any
    }

    fn construct(&mut self, realm: Gc<Realm>, bits: u8, cell: Option<Gc<Header>>) -> ConstructPlan {
        let any = ConstructPlan::Any;
        if bits != 0 {
            return any;
        }
        let array = realm.existing_intrinsic(Intrinsic::Array);
        if let (Some(cell), Some(array)) = (cell, array)
            && Value::from_cell(cell).as_object() == Some(array)
        {
            return ConstructPlan::Array(self.cell(cell));
        }
        let Some(function) = cell.and_then(|cell| Value::from_cell(cell).to::<Function>()) else {
            return any;
        };
        let Some(target) = self.closure_target(function) else { return any };
        let info = &self.snapshot.targets[target.index()];
        if !info.is_base_constructor && !info.is_derived_constructor {
            return any;
        }
        if info.is_derived_constructor {
            self.superclass(function, target);
        }
        let cell = self.cell(function.erase());
        ConstructPlan::Closure { cell, target, made: self.constructed(function) }
    }

    /// What is made with a closure as `new.target`, if that is settled.
    fn constructed(&mut self, function: Gc<Function>) -> Option<Constructed> {
        let data = function.constructor_data.get()?;
        let is_settled = data.slack_countdown.get() == 0
            && !data.initial_shape().is_none()
            && self.cx.shapes.class(data.initial_shape()) == CellKind::Object as u8
            && data.field_initializer.get().is_undefined();
        is_settled.then(|| Constructed {
            new_target: self.cell(function.erase()),
            data: self.cell(data.erase()),
            shape: self.shape(data.initial_shape()),
            inline_slots: data.inline_capacity.get(),
        })
    }

    /// Notes what a derived constructor is derived from.
    fn superclass(&mut self, function: Gc<Function>, target: TargetRef) {
        let class = Function::object(function);
        if let Some(constructor) = class.prototype(self.cx).filter(|object| object.is_constructor()) {
            let superclass = Superclass {
                class: self.cell(function.erase()),
                shape: self.shape(class.shape()),
                constructor: self.cell(Value::from(constructor).as_cell()),
            };
            self.snapshot.targets[target.index()].superclass = Some(superclass);
        }
    }
}

/// Is what the function does with its actual arguments done by instructions that know them where it is inlined?
fn knows_its_arguments(code: &CodeBlock, is_derived_constructor: bool) -> bool {
    // Where a derived constructor is inlined, `new.target` is known too.
    (code.new_target_or_generator.is_none() || is_derived_constructor)
        && code.instructions().map_while(Result::ok).all(|raw| match raw.opcode {
            Opcode::CallDirectEval => false,
            Opcode::CallIntrinsic => raw.first_of(OperandKind::Intrinsic).is_none_or(|id| {
                let observes = [IntrinsicId::GetArgument, IntrinsicId::ArgumentsFrom, IntrinsicId::NewTarget];
                observes.into_iter().all(|observing| observing as u32 != id)
            }),
            _ => true,
        })
}

/// Is a call made so rarely that to inline it would bring nothing? What a call costs is compared with what its function does between two.
fn is_cold(cx: Cx<'_>, vector: Gc<FeedbackVector>, slot: &FeedbackSlot) -> bool {
    let (calls, ran) = (slot.count.get(), u64::from(vector.interrupts.get()));
    let ran = ran * cx.config.interrupt_budget.max(0) as u64;
    calls < u16::MAX && u64::from(calls) * BYTES_PER_CALL < ran
}

/// Slots of these kinds get plans.
fn is_planned(kind: SlotKind) -> bool {
    !matches!(
        kind,
        SlotKind::Closure | SlotKind::Literal | SlotKind::Template | SlotKind::JumpLoop | SlotKind::TypeOf
    )
}

fn polymorphic_entries(extra: Option<Gc<Header>>) -> Vec<CacheEntry> {
    extra
        .and_then(|cell| Value::from_cell(cell).to::<PolymorphicCache>())
        .map(|cache| cache.cache.entries().collect())
        .unwrap_or_default()
}
