//! The instruction set, as one table.
//!
//! Everything else about instructions is generated from the rows below: the [`Opcode`](crate::Opcode) enum, operand
//! layouts, the typed [`Instruction`](crate::Instruction), the builder's methods, the decoder, the printer, what the verifier checks,
//! and `docs/bytecodes.md`. Other crates walk the table too: [`for_each_instruction!`](crate::for_each_instruction) hands all rows to a macro of
//! the caller's choice, so an interpreter can generate its dispatch table from the same source.
//!
//! A row reads
//!
//! ```text
//! /// What it does.
//! Name method_name(operand: Kind, …) | accumulator | flow | [effects] | user call | feedback;
//! ```
//!
//! * *operand kinds* are the variants of [`OperandKind`](crate::OperandKind). A `RegRange` occupies two fields (first register, count). `Jump`
//!   operands come last and are always four bytes; every other field is one byte, or two or four behind a
//!   `Wide`/`ExtraWide` prefix.
//! * *accumulator* is an [`AccumulatorUse`](crate::AccumulatorUse); `Clobber` means that its value is unspecified afterwards.
//! * *flow* is a [`Flow`](crate::Flow): what happens when the instruction completes normally.
//! * *effects* are [`Effects`](crate::Effects); none means pure.
//! * *user call* is a [`UserCall`](crate::UserCall): whether the instruction may call a function of the program as its last effect (and so can
//!   be inlined and resumed after), or runs user code in some other way (`Opaque`).
//! * *feedback* is a [`FeedbackUse`](crate::FeedbackUse): which kinds of feedback slot the `slot` operand may name.

/// Calls `$callback! { rows }` with every row of the instruction table; see the module documentation of `table`.
#[macro_export]
macro_rules! for_each_instruction {
    ($callback:ident) => {
        $callback! {
            // Prefixes
            /// Prefix: every field of the next instruction except jump offsets is two bytes wide.
            Wide wide() | None | Prefix | [] | None | None;
            /// Prefix: every field of the next instruction except jump offsets is four bytes wide.
            ExtraWide extra_wide() | None | Prefix | [] | None | None;

            // Loading the accumulator, moving registers
            /// acc = 0.
            LdaZero lda_zero() | Write | Next | [] | None | None;
            /// acc = the 32-bit integer `value`.
            LdaSmi lda_smi(value: Imm) | Write | Next | [] | None | None;
            /// acc = undefined.
            LdaUndefined lda_undefined() | Write | Next | [] | None | None;
            /// acc = null.
            LdaNull lda_null() | Write | Next | [] | None | None;
            /// acc = the hole: the sentinel of uninitialized bindings and missing elements; never visible to programs.
            LdaTheHole lda_the_hole() | Write | Next | [] | None | None;
            /// acc = true.
            LdaTrue lda_true() | Write | Next | [] | None | None;
            /// acc = false.
            LdaFalse lda_false() | Write | Next | [] | None | None;
            /// acc = the constant (Smi, Double, String, BigInt or Symbol).
            LdaConstant lda_constant(constant: Const) | Write | Next | [] | None | None;
            /// acc = `src`.
            Ldar ldar(src: RegIn) | Write | Next | [] | None | None;
            /// `dst` = acc.
            Star star(dst: RegOut) | Read | Next | [] | None | None;
            /// `dst` = `src`; the accumulator is untouched.
            Mov mov(src: RegIn, dst: RegOut) | None | Next | [] | None | None;
            /// acc = the closure being executed.
            LdaFunction lda_function() | Write | Next | [] | None | None;
            /// acc = the current context.
            LdaContext lda_context() | Write | Next | [] | None | None;

            // Globals, contexts, modules, dynamic lookup
            /// acc = the global binding `name`: script-level let/const/class bindings first, then the global object. ReferenceError if there is none or it is uninitialized.
            LdaGlobal lda_global(name: Const, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadGlobal;
            /// As `LdaGlobal`, but an unresolvable name gives undefined (an uninitialized one still throws).
            LdaGlobalInsideTypeof lda_global_inside_typeof(name: Const, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadGlobalInsideTypeof;
            /// Assigns acc to the global binding `name`; the slot's kind gives the language mode. Checks const-ness and initialization of script-level bindings.
            StaGlobal sta_global(name: Const, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | StoreGlobal;
            /// Initializes the script-level let, const or class binding `name` with acc.
            InitGlobalLexical init_global_lexical(name: Const, slot: Slot) | Read | Next | [ReadHeap WriteHeap] | None | InitGlobal;
            /// Saves the current context to `dst` and makes acc the current context.
            PushContext push_context(dst: RegOut) | Read | Next | [] | None | None;
            /// Makes `context` the current context.
            PopContext pop_context(context: RegIn) | None | Next | [] | None | None;
            /// acc = slot `index` of the context `depth` hops out from the current context. No hole check.
            LdaContextSlot lda_context_slot(index: UImm, depth: UImm) | Write | Next | [ReadHeap] | None | None;
            /// acc = slot `index` of the current context. No hole check.
            LdaCurrentContextSlot lda_current_context_slot(index: UImm) | Write | Next | [ReadHeap] | None | None;
            /// As `LdaContextSlot`, for a slot that is never written again once this function can run (const bindings, function names).
            LdaImmutableContextSlot lda_immutable_context_slot(index: UImm, depth: UImm) | Write | Next | [ReadHeap] | None | None;
            /// As `LdaCurrentContextSlot`, for a slot that is never written again once this instruction can run.
            LdaImmutableCurrentContextSlot lda_immutable_current_context_slot(index: UImm) | Write | Next | [ReadHeap] | None | None;
            /// Assigns acc to a context slot: a write after initialization, which ends the slot's constness.
            StaContextSlot sta_context_slot(index: UImm, depth: UImm) | Read | Next | [WriteHeap] | None | None;
            /// Assigns acc to a slot of the current context: a write after initialization.
            StaCurrentContextSlot sta_current_context_slot(index: UImm) | Read | Next | [WriteHeap] | None | None;
            /// Initializes a context slot with acc (the declaration's own write; the slot stays constant until a `StaContextSlot`).
            InitContextSlot init_context_slot(index: UImm, depth: UImm) | Read | Next | [WriteHeap] | None | None;
            /// Initializes a slot of the current context with acc.
            InitCurrentContextSlot init_current_context_slot(index: UImm) | Read | Next | [WriteHeap] | None | None;
            /// acc = the value of `name`, found by walking contexts, `with` objects and eval-declared variables. ReferenceError if there is none.
            LdaLookupSlot lda_lookup_slot(name: Const) | Write | Next | [ReadHeap Throws RunsJs] | Opaque | None;
            /// As `LdaLookupSlot`, but an unresolvable name gives undefined.
            LdaLookupSlotInsideTypeof lda_lookup_slot_inside_typeof(name: Const) | Write | Next | [ReadHeap Throws RunsJs] | Opaque | None;
            /// Assigns acc to `name` dynamically.
            StaLookupSlot sta_lookup_slot(name: Const, flags: LookupStoreFlags) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | Opaque | None;
            /// Looks up `name` dynamically for a call: `dst` = the value, `dst`+1 = the receiver (the `with` object, otherwise undefined).
            LoadLookupSlotForCall load_lookup_slot_for_call(name: Const, dst: RegPairOut) | Clobber | Next | [ReadHeap Throws RunsJs] | Opaque | None;
            /// acc = whether the dynamically resolved binding `name` could be deleted (sloppy `delete name`).
            DeleteLookupSlot delete_lookup_slot(name: Const) | Write | Next | [ReadHeap WriteHeap Throws RunsJs] | Opaque | None;
            /// Resolves `name` to its holder before its value is computed: acc = the `with` object or variable object that has it, or undefined when no object environment does.
            ResolveLookupSlot resolve_lookup_slot(name: Const) | Write | Next | [ReadHeap Throws RunsJs] | Opaque | None;
            /// acc = the value of `name` in `holder` as found by `ResolveLookupSlot`; if that was undefined this is `LdaLookupSlot`.
            LdaResolvedLookupSlot lda_resolved_lookup_slot(holder: RegIn, name: Const) | Write | Next | [ReadHeap Throws RunsJs] | Opaque | None;
            /// Assigns acc to `name` in `holder` as found by `ResolveLookupSlot`; if that was undefined this is `StaLookupSlot`.
            StaResolvedLookupSlot sta_resolved_lookup_slot(holder: RegIn, name: Const, flags: LookupStoreFlags) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | Opaque | None;
            /// acc = module cell `cell` (an index into `ModuleInfo::cells`) of the module context `depth` hops out. No hole check.
            LdaModuleVariable lda_module_variable(cell: UImm, depth: UImm) | Write | Next | [ReadHeap] | None | None;
            /// Assigns acc to a local module cell: a write after initialization.
            StaModuleVariable sta_module_variable(cell: UImm, depth: UImm) | Read | Next | [WriteHeap] | None | None;
            /// Initializes a local module cell with acc.
            InitModuleVariable init_module_variable(cell: UImm, depth: UImm) | Read | Next | [WriteHeap] | None | None;
            /// GlobalDeclarationInstantiation with a `Declarations` constant: checks every name, then creates the bindings (functions as undefined; `StaGlobal` fills them).
            DeclareGlobals declare_globals(declarations: Const) | None | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// EvalDeclarationInstantiation of a sloppy direct eval: declares its vars and functions in the nearest variable scope.
            DeclareEvalVariables declare_eval_variables(declarations: Const) | None | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;

            // Properties
            /// acc = `object[name]`; `name` is a String or Symbol constant. TypeError on null and undefined.
            GetNamedProperty get_named_property(object: RegIn, name: Const, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadProperty;
            /// acc = `super[name]` with home object acc and receiver `receiver`.
            GetNamedPropertyFromSuper get_named_property_from_super(receiver: RegIn, name: Const, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadSuper;
            /// acc = `object[acc]`. A key that is an object is converted in the slow path, which is never inlined (compiled code exits before the instruction).
            GetKeyedProperty get_keyed_property(object: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadKeyed;
            /// acc = `object[key]`, for an assignment that reads and writes: a key that is an object is replaced by its property key in `key`, so that it is converted once (after the check that `object` is neither null nor undefined).
            GetKeyedPropertyForUpdate get_keyed_property_for_update(object: RegIn, key: RegInOut, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadKeyed;
            /// acc = `super[key]` with home object acc and receiver `receiver`; `key` may be anything: it is converted after the home object's prototype was read.
            GetKeyedPropertyFromSuper get_keyed_property_from_super(receiver: RegIn, key: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadKeyedSuper;
            /// `object[name]` = acc; the slot's kind gives the language mode.
            SetNamedProperty set_named_property(object: RegIn, name: Const, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | SetNamed;
            /// `object[key]` = acc; the slot's kind gives the language mode. Object keys: see `GetKeyedProperty`.
            SetKeyedProperty set_keyed_property(object: RegIn, key: RegIn, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | SetKeyed;
            /// `super[name]` = acc. The range is (receiver, home object).
            SetNamedPropertyToSuper set_named_property_to_super(target: RegPairIn, name: Const, mode: LanguageMode) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | None;
            /// `super[key]` = acc. The range is (receiver, home object, key); the key has been through `ToPropertyKey`.
            SetKeyedPropertyToSuper set_keyed_property_to_super(target: RegTripleIn, mode: LanguageMode) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | None;
            /// Defines the enumerable own data property `name` of the object literal `object` as acc.
            DefineNamedOwnProperty define_named_own_property(object: RegIn, name: Const, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates] | None | DefineNamed;
            /// Defines an own data property of an object literal; `key` has been through `ToPropertyKey`; `flags` may ask to set the function's name.
            DefineKeyedOwnProperty define_keyed_own_property(object: RegIn, key: RegIn, flags: DefineKeyedFlags, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates] | None | DefineKeyed;
            /// Class field with a constant name: CreateDataPropertyOrThrow(`object`, name, acc).
            DefineNamedField define_named_field(object: RegIn, name: Const, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | DefineNamed;
            /// Class field with a computed name: CreateDataPropertyOrThrow(`object`, key, acc).
            DefineKeyedField define_keyed_field(object: RegIn, key: RegIn, flags: DefineKeyedFlags, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | DefineKeyed;
            /// Defines acc as the getter of an object literal's property `key`; names the function.
            DefineGetter define_getter(object: RegIn, key: RegIn) | ReadClobber | Next | [ReadHeap WriteHeap Allocates] | None | None;
            /// Defines acc as the setter of an object literal's property `key`; names the function.
            DefineSetter define_setter(object: RegIn, key: RegIn) | ReadClobber | Next | [ReadHeap WriteHeap Allocates] | None | None;
            /// `__proto__: acc` in an object literal: sets the prototype if acc is an object or null, otherwise does nothing.
            SetLiteralPrototype set_literal_prototype(object: RegIn) | Read | Next | [ReadHeap WriteHeap] | None | None;
            /// Appends or stores acc as element `index` of the array literal `array`.
            StaInArrayLiteral sta_in_array_literal(array: RegIn, index: RegIn, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates] | None | StoreInArrayLiteral;
            /// Gives the anonymous function or class acc the name `name` (a property key) behind `prefix`; acc is kept.
            SetFunctionName set_function_name(name: RegIn, prefix: FunctionNamePrefix) | Read | Next | [ReadHeap WriteHeap Allocates] | None | None;
            /// acc = delete `object[acc]`; TypeError if it cannot be deleted.
            DeletePropertyStrict delete_property_strict(object: RegIn) | ReadWrite | Next | [ReadHeap WriteHeap Throws RunsJs] | Opaque | None;
            /// acc = delete `object[acc]`, as a boolean.
            DeletePropertySloppy delete_property_sloppy(object: RegIn) | ReadWrite | Next | [ReadHeap WriteHeap Throws RunsJs] | Opaque | None;

            // Private names
            /// acc = a new private name with the description `name` (including the `#`).
            CreatePrivateName create_private_name(name: Const) | Write | Next | [Allocates] | None | None;
            /// acc = `object`.#acc for the private name in acc: field, method or accessor. TypeError if absent.
            GetPrivateProperty get_private_property(object: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadPrivate;
            /// `object`.#key = acc. TypeError if absent, a method, or without a setter.
            SetPrivateProperty set_private_property(object: RegIn, key: RegIn, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Throws RunsJs] | LastAcc | SetPrivate;
            /// Adds the private field `key` with value acc to `object`. TypeError if present or not extensible.
            DefinePrivateField define_private_field(object: RegIn, key: RegIn, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws] | None | DefinePrivate;
            /// Adds the private method `key` = acc to `object` (static private methods and the instance form without a brand).
            DefinePrivateMethod define_private_method(object: RegIn, key: RegIn) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws] | None | None;
            /// Adds the private accessor `key` to `object`: getter in `getter`, setter in acc, undefined where missing.
            DefinePrivateAccessor define_private_accessor(object: RegIn, key: RegIn, getter: RegIn) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws] | None | None;
            /// Adds the brand (a private name) in acc to `object`. TypeError if present or not extensible.
            AddPrivateBrand add_private_brand(object: RegIn, slot: Slot) | ReadClobber | Next | [ReadHeap WriteHeap Allocates Throws] | None | DefinePrivate;
            /// TypeError unless `object` carries the brand in acc; acc is kept.
            CheckPrivateBrand check_private_brand(object: RegIn, slot: Slot) | Read | Next | [ReadHeap Throws] | None | LoadPrivate;
            /// acc = `key` in acc (`#x in o`, with a private name or brand). TypeError if acc is not an object.
            TestPrivateIn test_private_in(key: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws] | None | HasPrivate;

            // Arithmetic: register OP accumulator
            /// acc = `lhs` + acc.
            Add add(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` - acc.
            Sub sub(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` * acc.
            Mul mul(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` / acc.
            Div div(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` % acc.
            Mod mod_(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` ** acc.
            Exp exp(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` & acc.
            BitwiseAnd bitwise_and(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` | acc.
            BitwiseOr bitwise_or(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` ^ acc.
            BitwiseXor bitwise_xor(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` << acc.
            ShiftLeft shift_left(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` >> acc.
            ShiftRight shift_right(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = `lhs` >>> acc.
            ShiftRightLogical shift_right_logical(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc + `value`.
            AddSmi add_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc - `value`.
            SubSmi sub_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc * `value`.
            MulSmi mul_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc / `value`.
            DivSmi div_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc % `value`.
            ModSmi mod_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc ** `value`.
            ExpSmi exp_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc & `value`.
            BitwiseAndSmi bitwise_and_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc | `value`.
            BitwiseOrSmi bitwise_or_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc ^ `value`.
            BitwiseXorSmi bitwise_xor_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc << `value`.
            ShiftLeftSmi shift_left_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc >> `value`.
            ShiftRightSmi shift_right_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = acc >>> `value`.
            ShiftRightLogicalSmi shift_right_logical_smi(value: Imm, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;

            // Unary operators and conversions
            /// acc = ToNumeric(acc) + 1.
            Inc inc(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = ToNumeric(acc) - 1.
            Dec dec(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = -acc.
            Negate negate(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = ~acc.
            BitwiseNot bitwise_not(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = !acc for a boolean acc.
            LogicalNot logical_not() | ReadWrite | Next | [] | None | None;
            /// acc = !ToBoolean(acc).
            ToBooleanLogicalNot to_boolean_logical_not() | ReadWrite | Next | [ReadHeap] | None | None;
            /// acc = ToBoolean(acc).
            ToBoolean to_boolean() | ReadWrite | Next | [ReadHeap] | None | None;
            /// acc = typeof acc.
            TypeOf type_of(slot: Slot) | ReadWrite | Next | [ReadHeap] | None | TypeOf;
            /// acc = ToNumber(acc) (unary plus).
            ToNumber to_number(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = ToNumeric(acc) (the old value of a postfix operator).
            ToNumeric to_numeric(slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | BinaryOp;
            /// acc = ToObject(acc).
            ToObject to_object() | ReadWrite | Next | [ReadHeap Allocates Throws] | None | None;
            /// acc = ToString(acc) (template literal parts).
            ToString to_string() | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// acc = ToPropertyKey(acc).
            ToPropertyKey to_property_key() | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;

            // Comparison: register OP accumulator
            /// acc = `lhs` == acc.
            TestEqual test_equal(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// acc = `lhs` === acc.
            TestEqualStrict test_equal_strict(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap] | None | Compare;
            /// acc = `lhs` < acc.
            TestLessThan test_less_than(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// acc = `lhs` > acc.
            TestGreaterThan test_greater_than(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// acc = `lhs` <= acc.
            TestLessThanOrEqual test_less_than_or_equal(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// acc = `lhs` >= acc.
            TestGreaterThanOrEqual test_greater_than_or_equal(lhs: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// acc = `object` instanceof acc.
            TestInstanceOf test_instance_of(object: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | Opaque | InstanceOf;
            /// acc = `key` in acc.
            TestIn test_in(key: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap Throws RunsJs] | Opaque | HasProperty;
            /// acc = whether `lhs` and acc are the same value bit for bit (the same cell).
            TestReferenceEqual test_reference_equal(lhs: RegIn) | ReadWrite | Next | [] | None | None;
            /// acc = whether acc is null or undefined: `acc == null`.
            TestUndetectable test_undetectable() | ReadWrite | Next | [ReadHeap] | None | None;
            /// acc = acc === null.
            TestNull test_null() | ReadWrite | Next | [] | None | None;
            /// acc = acc === undefined.
            TestUndefined test_undefined() | ReadWrite | Next | [] | None | None;
            /// acc = (typeof acc === `literal`).
            TestTypeOf test_type_of(literal: TypeOfLiteral) | ReadWrite | Next | [ReadHeap] | None | None;

            // Jumps
            /// Continues at `target`, which lies ahead.
            Jump jump(target: Jump) | None | Jump | [] | None | None;
            /// Back edge of a loop: polls interrupts, counts towards tiering (OSR), continues at the loop header `target`.
            JumpLoop jump_loop(depth: UImm, slot: Slot, target: Jump) | Clobber | Jump | [ReadHeap Throws RunsJs] | Opaque | JumpLoop;
            /// Jumps if acc is true; acc is a boolean.
            JumpIfTrue jump_if_true(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is false; acc is a boolean.
            JumpIfFalse jump_if_false(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if ToBoolean(acc).
            JumpIfToBooleanTrue jump_if_to_boolean_true(target: Jump) | Read | Branch | [ReadHeap] | None | None;
            /// Jumps if not ToBoolean(acc).
            JumpIfToBooleanFalse jump_if_to_boolean_false(target: Jump) | Read | Branch | [ReadHeap] | None | None;
            /// Jumps if acc is null.
            JumpIfNull jump_if_null(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is not null.
            JumpIfNotNull jump_if_not_null(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is undefined.
            JumpIfUndefined jump_if_undefined(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is not undefined.
            JumpIfNotUndefined jump_if_not_undefined(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is undefined or null.
            JumpIfUndefinedOrNull jump_if_undefined_or_null(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is neither undefined nor null.
            JumpIfNotUndefinedOrNull jump_if_not_undefined_or_null(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is the hole.
            JumpIfTheHole jump_if_the_hole(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is not the hole.
            JumpIfNotTheHole jump_if_not_the_hole(target: Jump) | Read | Branch | [] | None | None;
            /// Jumps if acc is an object.
            JumpIfJSReceiver jump_if_js_receiver(target: Jump) | Read | Branch | [ReadHeap] | None | None;
            /// Jumps if acc is not an object.
            JumpIfNotJSReceiver jump_if_not_js_receiver(target: Jump) | Read | Branch | [ReadHeap] | None | None;
            /// Jumps if for-in is finished: `index` equals `length` (both Smis).
            JumpIfForInDone jump_if_for_in_done(index: RegIn, length: RegIn, target: Jump) | None | Branch | [] | None | None;
            /// Jumps to the entry for acc in the `JumpTable` constant; falls through when acc is not a Smi or has no entry.
            SwitchOnSmi switch_on_smi(table: Const) | Read | Switch | [] | None | None;

            // Fused compare and jump (made by the builder's peephole; acc is dead afterwards)
            /// Jumps if `lhs` == acc.
            JumpIfEqual jump_if_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps unless `lhs` == acc.
            JumpIfNotEqual jump_if_not_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps if `lhs` === acc.
            JumpIfStrictEqual jump_if_strict_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap] | None | Compare;
            /// Jumps unless `lhs` === acc.
            JumpIfNotStrictEqual jump_if_not_strict_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap] | None | Compare;
            /// Jumps if `lhs` < acc.
            JumpIfLessThan jump_if_less_than(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps unless `lhs` < acc (also when unordered).
            JumpIfNotLessThan jump_if_not_less_than(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps if `lhs` > acc.
            JumpIfGreaterThan jump_if_greater_than(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps unless `lhs` > acc (also when unordered).
            JumpIfNotGreaterThan jump_if_not_greater_than(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps if `lhs` <= acc.
            JumpIfLessThanOrEqual jump_if_less_than_or_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps unless `lhs` <= acc (also when unordered).
            JumpIfNotLessThanOrEqual jump_if_not_less_than_or_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps if `lhs` >= acc.
            JumpIfGreaterThanOrEqual jump_if_greater_than_or_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;
            /// Jumps unless `lhs` >= acc (also when unordered).
            JumpIfNotGreaterThanOrEqual jump_if_not_greater_than_or_equal(lhs: RegIn, slot: Slot, target: Jump) | ReadClobber | Branch | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Compare;

            // Calls and construction. Argument ranges are consecutive registers in ascending order.
            /// acc = `Call(callee, args[0], args[1..])`: the range begins with the receiver, which was the base of a property.
            CallProperty call_property(callee: RegIn, args: RegRange, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, receiver)`.
            CallProperty0 call_property0(callee: RegIn, receiver: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, receiver, arg0)`.
            CallProperty1 call_property1(callee: RegIn, receiver: RegIn, arg0: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, receiver, arg0, arg1)`.
            CallProperty2 call_property2(callee: RegIn, receiver: RegIn, arg0: RegIn, arg1: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, undefined, args)`: the range has no receiver.
            CallUndefinedReceiver call_undefined_receiver(callee: RegIn, args: RegRange, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, undefined)`.
            CallUndefinedReceiver0 call_undefined_receiver0(callee: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, undefined, arg0)`.
            CallUndefinedReceiver1 call_undefined_receiver1(callee: RegIn, arg0: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, undefined, arg0, arg1)`.
            CallUndefinedReceiver2 call_undefined_receiver2(callee: RegIn, arg0: RegIn, arg1: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// As `CallProperty`, but the receiver may be anything, undefined included (`with` lookups, `%Call`).
            CallAnyReceiver call_any_receiver(callee: RegIn, args: RegRange, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// acc = `Call(callee, args[0], args[1..n-1], ...args[n-1])`: the range begins with the receiver, the last register holds a list made by `PrepareSpread` or a fresh array literal.
            CallWithSpread call_with_spread(callee: RegIn, args: RegRange, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// `eval(…)`: if `callee` is the realm's %eval%, a direct eval of `args[1]` in the `Scope` constant; otherwise a call. The range begins with the receiver.
            CallDirectEval call_direct_eval(callee: RegIn, args: RegRange, scope: Const, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | Call;
            /// acc = `Construct(constructor, args, newTarget = acc)`.
            Construct construct(constructor: RegIn, args: RegRange, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Construct;
            /// acc = `Construct(constructor, args with the last one spread, newTarget = acc)`; the last register as in `CallWithSpread`.
            ConstructWithSpread construct_with_spread(constructor: RegIn, args: RegRange, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Construct;
            /// acc = `Construct(constructor, all actual arguments of this frame, newTarget = acc)`: default derived constructors.
            ConstructForwardAllArgs construct_forward_all_args(constructor: RegIn, slot: Slot) | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Construct;
            /// `dst` = `acc.[[GetPrototypeOf]]()` for the active function acc; not yet checked to be a constructor.
            GetSuperConstructor get_super_constructor(dst: RegOut) | Read | Next | [ReadHeap] | None | None;
            /// acc = a list holding what iterating acc gives, for a spread that is the very next thing to be used: acc itself if it is an array whose iteration cannot be observed, otherwise a fresh array.
            PrepareSpread prepare_spread() | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// acc = runtime function `id` applied to args.
            CallRuntime call_runtime(id: Runtime, args: RegRange) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// acc = intrinsic `id` (self-hosted code's %Name) applied to args.
            CallIntrinsic call_intrinsic(id: Intrinsic, args: RegRange) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;

            // Closures and contexts
            /// acc = a closure of the `Function` constant in the current context.
            CreateClosure create_closure(function: Const, slot: Slot) | Write | Next | [Allocates] | None | Closure;
            /// acc = a new context for the `Scope` constant inside the current one; its slots hold the hole or undefined by their mode.
            CreateBlockContext create_block_context(scope: Const) | Write | Next | [Allocates] | None | None;
            /// acc = a new function context for the `Scope` constant (a variable scope; can hold eval-declared variables).
            CreateFunctionContext create_function_context(scope: Const) | Write | Next | [Allocates] | None | None;
            /// acc = a new variable context for eval code.
            CreateEvalContext create_eval_context(scope: Const) | Write | Next | [Allocates] | None | None;
            /// acc = a new catch context whose first slot is acc.
            CreateCatchContext create_catch_context(scope: Const) | ReadWrite | Next | [Allocates] | None | None;
            /// acc = a new `with` context for the object acc.
            CreateWithContext create_with_context(scope: Const) | ReadWrite | Next | [Allocates] | None | None;
            /// acc = a copy of the current context (fresh let bindings of a loop iteration).
            CloneContext clone_context() | Write | Next | [ReadHeap Allocates] | None | None;

            // Literals
            /// acc = a new regular expression from the `RegExp` constant.
            CreateRegExpLiteral create_reg_exp_literal(regexp: Const, slot: Slot) | Write | Next | [Allocates] | None | Literal;
            /// acc = a new array from the `ArrayBoilerplate` constant.
            CreateArrayLiteral create_array_literal(boilerplate: Const, slot: Slot) | Write | Next | [Allocates] | None | Literal;
            /// acc = [].
            CreateEmptyArrayLiteral create_empty_array_literal(slot: Slot) | Write | Next | [Allocates] | None | Literal;
            /// acc = a fresh array of what iterating acc gives (`[...acc]`).
            CreateArrayFromIterable create_array_from_iterable() | ReadWrite | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// acc = a new object from the `ObjectBoilerplate` constant.
            CreateObjectLiteral create_object_literal(boilerplate: Const, slot: Slot) | Write | Next | [Allocates] | None | Literal;
            /// acc = {}.
            CreateEmptyObjectLiteral create_empty_object_literal() | Write | Next | [Allocates] | None | None;
            /// acc = {...`source`}: a new object with the own enumerable properties of `source`.
            CloneObject clone_object(source: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | CloneObject;
            /// CopyDataProperties(`target`, `source`, excluded keys in the range).
            CopyDataProperties copy_data_properties(target: RegIn, source: RegIn, excluded: RegRange) | Clobber | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// acc = the template object of the `Template` constant, one per site.
            GetTemplateObject get_template_object(template: Const, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates] | None | Template;
            /// acc = a sloppy arguments object. `ScopeInfo::mapped_parameters` of the `Scope` constant says which formals alias slots of the current context (none if it is empty; then the current context is not looked at).
            CreateMappedArguments create_mapped_arguments(scope: Const) | Write | Next | [ReadHeap Allocates] | None | None;
            /// acc = an unmapped arguments object.
            CreateUnmappedArguments create_unmapped_arguments() | Write | Next | [ReadHeap Allocates] | None | None;
            /// acc = an array of the actual arguments beyond the formals.
            CreateRestParameter create_rest_parameter() | Write | Next | [ReadHeap Allocates] | None | None;

            // Classes
            /// TypeError unless `superclass` is null or a constructor (ClassHeritage).
            CheckClassHeritage check_class_heritage(superclass: RegIn) | None | Next | [ReadHeap Throws] | None | None;
            /// Makes a class from its `ClassBoilerplate`. args = constructor closure, superclass value (the hole without heritage), its `prototype` value, then per member in order the computed key (if any) and the closure. Closures of members with computed keys get their names here, others have them. Writes constructor and prototype to `dst`, `dst`+1.
            DefineClass define_class(boilerplate: Const, args: RegRange, dst: RegPairOut) | Clobber | Next | [ReadHeap WriteHeap Allocates] | None | None;
            /// Makes the closure acc the initializer of the instance fields and private methods of the class `constructor`.
            SetClassFieldInitializer set_class_field_initializer(constructor: RegIn) | Read | Next | [WriteHeap] | None | None;
            /// acc = the instance-member initializer of the class `constructor`, or undefined.
            LdaClassFieldInitializer lda_class_field_initializer(constructor: RegIn) | Write | Next | [ReadHeap] | None | None;

            // Throwing and checks (the accumulator is kept)
            /// Throws acc.
            Throw throw() | Read | Throw | [Throws] | None | None;
            /// Throws acc again, without a new stack trace (end of finally, iterator close).
            ReThrow re_throw() | Read | Throw | [Throws] | None | None;
            /// Throws the error that `message` names, with its arguments.
            ThrowMessage throw_message(message: Message, args: RegRange) | None | Throw | [Allocates Throws] | None | None;
            /// Returns acc to the caller. Sync generators return a finished iterator result object, async functions their promise, async generators undefined.
            Return return_() | Read | Return | [] | None | None;
            /// ReferenceError for the uninitialized binding `name` if acc is the hole.
            ThrowReferenceErrorIfHole throw_reference_error_if_hole(name: Const) | Read | Next | [Throws] | None | None;
            /// ReferenceError if acc (`this` of a derived constructor) is the hole.
            ThrowSuperNotCalledIfHole throw_super_not_called_if_hole() | Read | Next | [Throws] | None | None;
            /// ReferenceError if acc (`this` before binding) is not the hole.
            ThrowSuperAlreadyCalledIfNotHole throw_super_already_called_if_not_hole() | Read | Next | [Throws] | None | None;
            /// TypeError if `constructor` is not a constructor (super call).
            ThrowIfNotSuperConstructor throw_if_not_super_constructor(constructor: RegIn) | None | Next | [ReadHeap Throws] | None | None;
            /// TypeError: assignment to the constant `name`.
            ThrowConstAssignment throw_const_assignment(name: Const) | None | Throw | [Throws] | None | None;
            /// The TypeError `message` if acc is not an object (iterator results, iterators, …).
            ThrowIfNotObject throw_if_not_object(message: Message) | Read | Next | [ReadHeap Throws] | None | None;
            /// The TypeError `message` if acc is neither an object nor null.
            ThrowIfNotObjectOrNull throw_if_not_object_or_null(message: Message) | Read | Next | [ReadHeap Throws] | None | None;
            /// The TypeError `message` if acc is not callable.
            ThrowIfNotCallable throw_if_not_callable(message: Message) | Read | Next | [ReadHeap Throws] | None | None;
            /// TypeError if acc is undefined or null and is to be destructured; `name` is a String constant naming the value or property for the message.
            ThrowPatternIfNullOrUndefined throw_pattern_if_null_or_undefined(name: Const) | Read | Next | [Throws] | None | None;

            // Iteration
            /// acc = `object[Symbol.iterator]`.
            GetIteratorMethod get_iterator_method(object: RegIn, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadProperty;
            /// acc = `object[Symbol.asyncIterator]`.
            GetAsyncIteratorMethod get_async_iterator_method(object: RegIn, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | LastAcc | LoadProperty;
            /// acc = `Call(method, object)`; TypeError "not iterable" if `method` is not callable. `ThrowIfNotObject` follows.
            CallIteratorMethod call_iterator_method(method: RegIn, object: RegIn, slot: Slot) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | LastAcc | Call;
            /// One step of an iteration whose result cannot be observed. `iterator` is the pair (iterator, next method). If it is an unmodified intrinsic array (Map, Set) iterator: acc = the next value and execution falls through, or jumps to `done`. Otherwise nothing has happened and it jumps to `generic`, where call, check, done and value follow as separate instructions. acc is undefined on both jumps.
            IteratorStepFast iterator_step_fast(iterator: RegPairIn, slot: Slot, done: Jump, generic: Jump) | Write | Branch | [ReadHeap WriteHeap Allocates] | None | IteratorStep;
            /// acc = the keys to enumerate for `object` (an internal list); undefined and null give an empty list.
            ForInEnumerate for_in_enumerate(object: RegIn) | Write | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// From the list acc: `state` = the list's guard (shape or undefined), `state`+1 = the key array, `state`+2 = its length.
            ForInPrepare for_in_prepare(state: RegTripleOut, slot: Slot) | ReadClobber | Next | [ReadHeap Allocates] | None | ForIn;
            /// acc = key number `index` of `cache` (guard, keys), or undefined if it was deleted from `object` meanwhile.
            ForInNext for_in_next(object: RegIn, index: RegIn, cache: RegPairIn, slot: Slot) | Write | Next | [ReadHeap Throws RunsJs] | Opaque | ForIn;
            /// `index` = `index` + 1 for the Smi `index`.
            ForInStep for_in_step(index: RegInOut) | None | Next | [] | None | None;

            // Generators and async functions
            /// acc = the generator (or async function state) object of this activation.
            CreateGeneratorObject create_generator_object() | Write | Next | [ReadHeap Allocates] | None | None;
            /// First instruction of every resumable function. If `generator` is undefined falls through (first entry); otherwise makes the generator's context current, marks it running and jumps to the entry of its suspend id in `table`.
            SwitchOnGeneratorState switch_on_generator_state(generator: RegIn, table: Const) | None | Switch | [ReadHeap WriteHeap] | None | None;
            /// Saves the registers `saved`, the context and `suspend_id` in `generator`, then leaves by `kind`: returns acc to the caller, or awaits acc.
            SuspendGenerator suspend_generator(generator: RegIn, saved: RegRange, suspend_id: UImm, kind: SuspendKind) | Read | Return | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
            /// Entry after a resumption: restores the registers `saved`; acc = the value sent in.
            ResumeGenerator resume_generator(generator: RegIn, saved: RegRangeOut) | Write | Next | [ReadHeap WriteHeap] | None | None;
            /// acc = the `ResumeMode` of the last resumption as a Smi (0 next, 1 return, 2 throw).
            GetGeneratorResumeMode get_generator_resume_mode(generator: RegIn) | Write | Next | [ReadHeap] | None | None;
            /// If the last resumption was a throw, throws acc; if it was a return, jumps to `target` with acc; otherwise falls through with acc.
            JumpIfResumeReturn jump_if_resume_return(generator: RegIn, target: Jump) | Read | Branch | [ReadHeap Throws] | None | None;
            /// If the last resumption was a throw, throws acc (after an await).
            ThrowIfResumeThrow throw_if_resume_throw(generator: RegIn) | Read | Next | [ReadHeap Throws] | None | None;

            // Other
            /// A `debugger` statement.
            Debugger debugger() | None | Next | [ReadHeap WriteHeap Allocates Throws RunsJs] | Opaque | None;
        }
    };
}
