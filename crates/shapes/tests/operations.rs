//! Each operation by itself.

use unspool_shapes::{
    Attributes, Broken, Cause, Integrity, Limits, Location, PropertyKind, RemovePath, ShapeFlags, ShapeId,
    ShapeTree, SlackStep, SlackTracker, Traced, ValidityId,
};

type Tree = ShapeTree<&'static str, u32, u32>;

const DATA: PropertyKind = PropertyKind::Data;
const ALL: Attributes = Attributes::ALL;

fn tree() -> Tree {
    Tree::new(0, &[7])
}

/// Adds constant data properties in order.
fn with(tree: &Tree, shape: ShapeId, keys: &[&'static str]) -> ShapeId {
    keys.iter().fold(shape, |shape, key| tree.add(shape, key, ALL, DATA).shape)
}

fn heard(tree: &Tree) -> Vec<u32> {
    tree.verify().unwrap();
    tree.take_broken().into_iter().map(|broken| broken.dependent).collect()
}

const KEYS: [&str; 40] = [
    "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13", "k14", "k15",
    "k16", "k17", "k18", "k19", "k20", "k21", "k22", "k23", "k24", "k25", "k26", "k27", "k28", "k29", "k30",
    "k31", "k32", "k33", "k34", "k35", "k36", "k37", "k38", "k39",
];

#[test]
fn a_tree_can_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Tree>();
    is_send::<unspool_shapes::ShapeSnapshot<u64, u32>>();
}

#[test]
fn ids_print_with_a_letter() {
    let tree = tree();
    assert_eq!(ShapeId::NONE.to_string(), "sh-");
    assert_eq!(tree.root(0, 0, 0).to_string(), "sh16");
    assert_eq!(ValidityId::from_raw(7).to_string(), "pv7");
    assert_eq!(tree.class(ShapeId::reserved(1)), 7);
    assert_eq!(tree.lookup(ShapeId::reserved(1), "x"), None);
    assert!(ShapeId::reserved(15).is_reserved() && !tree.root(0, 0, 0).is_reserved());
}

#[test]
fn roots_are_shared_by_class_prototype_and_capacity() {
    let tree = tree();
    let root = tree.root(1, 2, 3);
    assert_eq!(root, tree.root(1, 2, 3));
    assert_ne!(root, tree.root(0, 2, 3));
    assert_ne!(root, tree.root(1, 0, 3));
    assert_ne!(root, tree.root(1, 2, 0));
    assert_eq!((tree.class(root), tree.prototype(root), tree.inline_capacity(root)), (1, 2, 3));
}

#[test]
fn the_same_steps_lead_to_the_same_shape() {
    let tree = tree();
    let root = tree.root(0, 0, 4);
    let ab = with(&tree, root, &["a", "b"]);
    assert_eq!(ab, with(&tree, root, &["a", "b"]));
    assert_ne!(ab, with(&tree, root, &["b", "a"]));
    let hidden = tree.add(root, "a", Attributes::HIDDEN, DATA);
    let accessor = tree.add(root, "a", ALL, PropertyKind::Accessor);
    let plain = tree.add(root, "a", ALL, DATA);
    assert!(hidden.shape != plain.shape && accessor.shape != plain.shape && hidden.shape != accessor.shape);
    assert_eq!(tree.existing_add(root, "a", ALL, DATA), Some(plain));
    assert_eq!(tree.existing_add(root, "zz", ALL, DATA), None);
    let b = tree.lookup(ab, "b").unwrap();
    assert_eq!((b.location, b.index, b.owner, b.constant), (Location::Slot(1), 1, ab, true));
    assert_eq!(tree.keys(ab).collect::<Vec<_>>(), ["a", "b"]);
    tree.verify().unwrap();
}

#[test]
fn branches_do_not_see_each_other() {
    let tree = tree();
    let base = with(&tree, tree.root(0, 0, 4), &KEYS[..10]);
    assert!(tree.lookup(base, "k9").is_some());
    let (x, y) = (with(&tree, base, &["x", "p"]), with(&tree, base, &["y", "q"]));
    assert!(tree.lookup(x, "x").is_some() && tree.lookup(x, "y").is_none());
    assert!(tree.lookup(y, "y").is_some() && tree.lookup(y, "p").is_none());
    assert!(tree.lookup(base, "x").is_none());
    assert_eq!(tree.lookup(y, "q").unwrap().location, Location::Slot(11));
    // The chain of `x` continued the table of `base`, the chain of `y` has a copy.
    assert_eq!(tree.statistics().tables, 2);
    tree.verify().unwrap();
}

#[test]
fn virtual_properties_take_no_slot_until_redefined() {
    let tree = tree();
    let named = tree.add_virtual(tree.root(0, 0, 2), "name", Attributes::CONFIGURABLE, 5);
    let both = tree.add(named, "x", ALL, DATA);
    assert_eq!(both.slot, 0);
    assert_eq!(tree.lookup(both.shape, "name").unwrap().location, Location::Virtual(5));
    let fixed = tree.change_attributes(both.shape, "name", Attributes::NONE);
    assert_eq!(tree.lookup(fixed, "name").unwrap().location, Location::Virtual(5));
    let stored = tree.reconfigure(both.shape, "name", Attributes::CONFIGURABLE, DATA);
    assert!(stored.fresh && stored.slot == 1);
    let name = tree.lookup(stored.shape, "name").unwrap();
    assert_eq!((name.location, name.index, name.constant), (Location::Slot(1), 0, true));
    assert_eq!(tree.slot_count(stored.shape), 2);
    let again = tree.reconfigure(stored.shape, "name", Attributes::CONFIGURABLE, DATA);
    assert_eq!((again.shape, again.fresh), (stored.shape, false));
    tree.verify().unwrap();
}

#[test]
fn reconfigure_keeps_place_and_slot() {
    let tree = tree();
    let abc = with(&tree, tree.root(0, 0, 4), &["a", "b", "c"]);
    tree.mark_mutable(abc, "b");
    let hidden = tree.reconfigure(abc, "b", Attributes::HIDDEN, DATA);
    assert_eq!((hidden.slot, hidden.fresh), (1, false));
    assert_eq!(hidden.shape, tree.reconfigure(abc, "b", Attributes::HIDDEN, DATA).shape);
    assert_eq!(tree.keys(hidden.shape).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(!tree.lookup(hidden.shape, "b").unwrap().constant, "attributes alone leave the const bit");
    let accessor = tree.reconfigure(abc, "b", ALL, PropertyKind::Accessor);
    assert!(tree.lookup(accessor.shape, "b").unwrap().constant, "another kind is a fresh start");
    assert_eq!(tree.lookup(abc, "b").unwrap().kind, DATA);
    tree.verify().unwrap();
}

#[test]
fn removing_the_last_property_returns_to_the_parent() {
    let tree = tree();
    let a = with(&tree, tree.root(0, 0, 4), &["a"]);
    let ab = with(&tree, a, &["b"]);
    assert!(tree.depend_on_constness(ab, "b", 1));
    assert!(tree.depend_on_stability(ab, 2));
    let removed = tree.remove(ab, "b");
    assert_eq!((removed.shape, removed.cleared, removed.path), (a, Some(1), RemovePath::ToParent));
    // The object may come back to `ab` with another value in `b`.
    assert_eq!(heard(&tree), [2, 1]);
    assert!(!tree.lookup(ab, "b").unwrap().constant);
    assert_eq!(with(&tree, a, &["b"]), ab);
}

#[test]
fn removing_another_property_makes_a_dictionary_that_reuses_slots() {
    let tree = tree();
    let abc = with(&tree, tree.root(0, 0, 2), &["a", "b", "c"]);
    let removed = tree.remove(abc, "b");
    assert_eq!((removed.cleared, removed.path), (Some(1), RemovePath::ToDictionary));
    let shape = removed.shape;
    assert!(tree.is_dictionary(shape) && tree.is_exclusive(shape));
    assert_eq!(tree.keys(shape).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(tree.lookup(shape, "c").unwrap().location, Location::Slot(2));
    let added = tree.add(shape, "d", ALL, DATA);
    assert_eq!((added.shape, added.slot), (shape, 1), "the slot of `b` is used again");
    assert!(!tree.lookup(shape, "d").unwrap().constant, "nothing in a dictionary is constant");
    assert_eq!(tree.keys(shape).collect::<Vec<_>>(), ["a", "c", "d"]);
    let removed = tree.remove(shape, "a");
    assert_eq!((removed.shape, removed.path, removed.cleared), (shape, RemovePath::InPlace, Some(0)));
    assert_eq!(tree.lookup(abc, "b").unwrap().location, Location::Slot(1), "the shared shape is as before");
    tree.verify().unwrap();
}

#[test]
fn a_dictionary_closes_its_gaps_and_stays_in_order() {
    let tree = tree();
    let shape = tree.to_dictionary(with(&tree, tree.root(0, 0, 2), &KEYS));
    for key in KEYS {
        assert!(tree.lookup(shape, key).is_some());
    }
    for key in &KEYS[..30] {
        assert_eq!(tree.remove(shape, key).shape, shape);
        tree.verify().unwrap();
        for (i, left) in tree.keys(shape).enumerate() {
            let property = tree.lookup(shape, left).unwrap();
            assert_eq!(tree.property_at(shape, property.index), Some((left, property)));
            assert!(i < 40);
        }
    }
    assert_eq!(tree.keys(shape).collect::<Vec<_>>(), KEYS[30..]);
    assert!(tree.index_limit(shape) <= 20, "holes are closed now and then");
    let again = with(&tree, shape, &KEYS[..30]);
    assert_eq!(again, shape);
    assert_eq!(tree.slot_count(shape), 40, "all slots were used again");
    tree.verify().unwrap();
}

#[test]
fn too_many_properties_outside_of_the_object_make_a_dictionary() {
    let tree = Tree::with_limits(0, &[], Limits { out_of_object: 5, ..Limits::default() });
    let full = with(&tree, tree.root(0, 0, 2), &KEYS[..7]);
    assert!(!tree.is_dictionary(full));
    let over = tree.add(full, "over", ALL, DATA);
    assert!(tree.is_dictionary(over.shape));
    assert_eq!((over.slot, tree.property_count(over.shape)), (7, 8));
    // The same limit holds for a virtual property that gets a slot.
    let mixed = tree.add_virtual(full, "v", ALL, 0);
    let stored = tree.reconfigure(mixed, "v", ALL, DATA);
    assert!(tree.is_dictionary(stored.shape) && stored.fresh && stored.slot == 7);
    tree.verify().unwrap();
}

#[test]
fn too_many_transitions_make_dictionaries() {
    let tree = Tree::with_limits(0, &[], Limits { transitions: 3, ..Limits::default() });
    let base = with(&tree, tree.root(0, 0, 2), &["a"]);
    for key in &KEYS[..3] {
        assert!(!tree.is_dictionary(tree.add(base, key, ALL, DATA).shape));
    }
    assert!(!tree.is_dictionary(tree.add(base, KEYS[0], ALL, DATA).shape), "known ways stay open");
    assert!(tree.is_dictionary(tree.add(base, KEYS[3], ALL, DATA).shape));
    assert!(tree.is_dictionary(tree.set_prototype(base, 9)));
    assert!(tree.is_dictionary(tree.set_integrity(base, Integrity::Frozen)));
    assert!(tree.is_dictionary(tree.reconfigure(base, "a", Attributes::NONE, DATA).shape));
    assert_eq!(tree.statistics().to_dictionary, 4);
    tree.verify().unwrap();
}

#[test]
fn too_many_redefined_properties_make_a_dictionary() {
    let tree = tree();
    let mut shape = with(&tree, tree.root(0, 0, 40), &KEYS);
    for (i, key) in KEYS.iter().enumerate() {
        assert_eq!(tree.is_dictionary(shape), i > 32);
        shape = tree.change_attributes(shape, key, Attributes::NONE);
        assert_eq!(tree.lookup(shape, key).unwrap().attributes, Attributes::NONE);
    }
    assert_eq!(tree.keys(shape).collect::<Vec<_>>(), KEYS);
    tree.verify().unwrap();
}

#[test]
fn prototypes_alternate_without_a_chain() {
    let tree = tree();
    assert_eq!(tree.set_prototype(tree.root(1, 2, 3), 9), tree.root(1, 9, 3));
    let ab = with(&tree, tree.root(1, 2, 3), &["a", "b"]);
    let other = tree.set_prototype(ab, 9);
    assert_eq!((tree.prototype(other), tree.shape(other).parent), (9, ab));
    assert_eq!(tree.keys(other).collect::<Vec<_>>(), ["a", "b"]);
    let third = tree.set_prototype(other, 10);
    assert_eq!(tree.shape(third).parent, ab);
    assert_eq!(tree.set_prototype(third, 2), ab);
    assert_eq!(tree.set_prototype(ab, 9), other);
    assert_eq!(tree.set_prototype(ab, 2), ab);
    // All of them share the const bits, since an object may come back.
    assert!(tree.mark_mutable(third, "a"));
    assert!(!tree.lookup(ab, "a").unwrap().constant && !tree.lookup(other, "a").unwrap().constant);
    tree.verify().unwrap();
}

#[test]
fn integrity_levels_restrict_all_properties() {
    let tree = tree();
    let a = with(&tree, tree.root(0, 0, 4), &["a"]);
    let both = tree.add(a, "g", ALL, PropertyKind::Accessor).shape;
    assert!(tree.is_extensible(both));
    let attributes = |shape| {
        tree.properties(shape).map(|(_, property)| property.attributes.to_string()).collect::<Vec<_>>()
    };
    let closed = tree.set_integrity(both, Integrity::NonExtensible);
    assert!(!tree.is_extensible(closed));
    assert_eq!(attributes(closed), ["WEC", "WEC"]);
    let sealed = tree.set_integrity(closed, Integrity::Sealed);
    assert_eq!(attributes(sealed), ["WE_", "WE_"]);
    let frozen = tree.set_integrity(both, Integrity::Frozen);
    assert_eq!(attributes(frozen), ["_E_", "WE_"]);
    assert_eq!(tree.set_integrity(both, Integrity::Frozen), frozen);
    assert_eq!(tree.set_integrity(frozen, Integrity::Sealed), frozen);
    assert_eq!(tree.integrity(frozen), Integrity::Frozen);
    assert_eq!(attributes(both), ["WEC", "WEC"]);
    // A private name may be added all the same, and frozen with the next request.
    let private = tree.add(frozen, "#p", ALL, DATA).shape;
    assert_eq!(attributes(private), ["_E_", "WE_", "WEC"]);
    assert_eq!(attributes(tree.set_integrity(private, Integrity::Frozen)), ["_E_", "WE_", "_E_"]);
    let unique = tree.to_unique(both);
    assert_eq!(tree.set_integrity(unique, Integrity::Frozen), unique);
    assert_eq!(attributes(unique), ["_E_", "WE_"]);
    tree.verify().unwrap();
}

#[test]
fn stability_ends_when_an_object_leaves() {
    let tree = tree();
    let a = with(&tree, tree.root(0, 0, 4), &["a"]);
    type Step = fn(&Tree, ShapeId) -> ShapeId;
    let steps: [Step; 7] = [
        |tree, shape| tree.add(shape, "new", ALL, DATA).shape,
        |tree, shape| tree.remove(shape, "last").shape,
        |tree, shape| tree.set_prototype(shape, 5),
        |tree, shape| tree.set_integrity(shape, Integrity::Sealed),
        |tree, shape| tree.change_attributes(shape, "a", Attributes::NONE),
        |tree, shape| tree.to_dictionary(shape),
        |tree, shape| tree.to_prototype(shape),
    ];
    for (i, step) in steps.into_iter().enumerate() {
        let start = with(&tree, a, &[KEYS[i], "last"]);
        assert!(tree.is_stable(start));
        assert!(tree.depend_on_stability(start, i as u32));
        assert_ne!(step(&tree, start), start);
        assert!(!tree.is_stable(start));
        assert!(!tree.depend_on_stability(start, 99));
        assert!(tree.has_broken());
        assert_eq!(tree.take_broken(), [Broken { dependent: i as u32, cause: Cause::Stability(start) }]);
        assert!(!tree.has_broken());
    }
    tree.verify().unwrap();
}

#[test]
fn constness_belongs_to_the_introduction() {
    let tree = tree();
    let a = with(&tree, tree.root(0, 0, 4), &["a"]);
    let abc = with(&tree, a, &["b", "c"]);
    let frozen = tree.set_integrity(abc, Integrity::Sealed);
    assert_eq!(tree.lookup(frozen, "a").unwrap().owner, a);
    assert!(tree.depend_on_constness(abc, "a", 1));
    assert!(tree.depend_on_constness(a, "a", 2));
    assert!(tree.mark_mutable(frozen, "a"));
    assert_eq!(tree.take_broken()[0].cause, Cause::Constness { owner: a });
    assert!(!tree.mark_mutable(abc, "a") && !tree.mark_mutable(abc, "nothing"));
    for shape in [a, abc, frozen] {
        assert!(!tree.lookup(shape, "a").unwrap().constant);
        assert!(!tree.depend_on_constness(shape, "a", 3));
    }
    assert!(tree.lookup(abc, "b").unwrap().constant);
    // A store that does not initialize takes the bit at once.
    let again = tree.add_mutable(a, "b", ALL, DATA);
    assert!(!tree.lookup(again.shape, "b").unwrap().constant);
    tree.verify().unwrap();
}

#[test]
fn unique_shapes_change_in_place_until_cached_or_depended_on() {
    let tree = tree();
    let shared = with(&tree, tree.root(0, 3, 0), &["a"]);
    tree.mark_mutable(shared, "a");
    let unique = tree.to_unique(with(&tree, shared, &["b"]));
    assert!(!tree.lookup(unique, "a").unwrap().constant && tree.lookup(unique, "b").unwrap().constant);
    assert_eq!(tree.to_unique(unique), unique);
    assert_eq!(tree.to_dictionary(unique), unique);
    assert_eq!(with(&tree, unique, &["c"]), unique);
    assert_eq!(tree.set_prototype(unique, 8), unique);
    tree.store_client_word(unique, 77);

    tree.note_cached(unique);
    let moved = with(&tree, unique, &["d"]);
    assert_ne!(moved, unique);
    assert_eq!((tree.client_word(moved), tree.client_word(unique)), (0, 0));
    assert!(tree.flags(unique).contains(ShapeFlags::RETIRED) && tree.property_count(unique) == 0);
    assert_eq!(tree.keys(moved).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(tree.lookup(moved, "b").unwrap().owner, moved);
    assert_eq!(with(&tree, moved, &["e"]), moved, "the fresh id is in no cache");

    assert!(tree.depend_on_stability(moved, 1));
    assert!(tree.depend_on_constness(moved, "b", 2));
    let third = tree.remove(moved, "c").shape;
    assert_ne!(third, moved);
    assert_eq!(heard(&tree), [1]);
    assert!(tree.mark_mutable(third, "b"));
    assert_eq!(tree.take_broken(), [Broken { dependent: 2, cause: Cause::Constness { owner: third } }]);
    assert_eq!(tree.statistics().moved, 2);
    tree.verify().unwrap();
}

#[test]
fn a_dictionary_can_become_a_prototype() {
    let tree = tree();
    let dictionary = tree.to_dictionary(with(&tree, tree.root(0, 0, 0), &["a"]));
    let prototype = tree.to_prototype(dictionary);
    assert_eq!(prototype, dictionary);
    assert!(tree.flags(prototype).contains(ShapeFlags::USED_AS_PROTOTYPE));
    assert!(!tree.lookup(prototype, "a").unwrap().constant);
    with(&tree, prototype, &["b"]);
    assert!(tree.lookup(prototype, "b").unwrap().constant);
    tree.verify().unwrap();
}

#[test]
fn presence_outlives_other_changes() {
    let tree = tree();
    let global = tree.to_unique(tree.root(0, 0, 0));
    let global = with(&tree, global, &["x", "y", "z"]);
    assert!(!tree.depend_on_presence(global, "nothing", 0));
    assert!(
        !tree.depend_on_presence(with(&tree, tree.root(0, 0, 0), &["x"]), "x", 0),
        "shared shapes do not change"
    );
    tree.mark_mutable(global, "y");
    assert!(tree.depend_on_presence(global, "x", 1) && tree.depend_on_presence(global, "y", 2));
    assert!(tree.depend_on_constness(global, "z", 3));
    let global = with(&tree, global, &KEYS);
    tree.mark_mutable(global, "x");
    tree.note_cached(global);
    let global = with(&tree, global, &["more"]);
    assert_eq!(heard(&tree), [0u32; 0]);
    let global = tree.change_attributes(global, "x", Attributes::NONE);
    assert_eq!(tree.take_broken(), [Broken { dependent: 1, cause: Cause::Presence(global) }]);
    let global = tree.remove(global, "y").shape;
    assert_eq!(heard(&tree), [2]);
    tree.remove(global, "z");
    assert_eq!(heard(&tree), [3]);
}

#[test]
fn validity_breaks_downwards_and_is_made_anew() {
    let tree = tree();
    let top = tree.to_prototype(with(&tree, tree.root(0, 0, 0), &["t"]));
    let middle = tree.to_prototype(with(&tree, tree.root(0, 1, 0), &["m"]));
    let side = tree.to_prototype(tree.root(0, 1, 0));
    let top_cell = tree.validity_cell_for(top, ValidityId::ALWAYS);
    let middle_cell = tree.validity_cell_for(middle, top_cell);
    let side_cell = tree.validity_cell_for(side, top_cell);
    assert_eq!(tree.validity_cell_for(middle, top_cell), middle_cell);
    assert!(tree.is_valid(ValidityId::ALWAYS) && tree.is_valid(middle_cell));
    assert!(tree.depend_on_validity(middle_cell, 1) && tree.depend_on_validity(side_cell, 2));
    assert!(tree.depend_on_validity(top_cell, 3) && tree.depend_on_validity(ValidityId::ALWAYS, 4));

    tree.mark_mutable(middle, "m");
    assert!(tree.is_valid(middle_cell), "values are not structure");
    with(&tree, middle, &["n"]);
    assert!(!tree.is_valid(middle_cell) && tree.is_valid(top_cell) && tree.is_valid(side_cell));
    assert_eq!(tree.take_broken(), [Broken { dependent: 1, cause: Cause::Validity(middle_cell) }]);
    let middle_again = tree.validity_cell_for(middle, top_cell);
    assert_ne!(middle_again, middle_cell);

    tree.remove(top, "t");
    assert!(![top_cell, side_cell, middle_again].into_iter().any(|cell| tree.is_valid(cell)));
    let mut dependents = heard(&tree);
    dependents.sort_unstable();
    assert_eq!(dependents, [2, 3]);
    assert!(!tree.depend_on_validity(top_cell, 5));
    let top_cell = tree.validity_cell_for(top, ValidityId::ALWAYS);
    tree.invalidate(top_cell);
    assert!(!tree.is_valid(top_cell));
    tree.invalidate(ValidityId::ALWAYS);
    assert!(tree.is_valid(ValidityId::ALWAYS));
    assert_eq!(tree.validity_address(top_cell), tree.validity_address(top_cell));
    tree.verify().unwrap();
}

#[test]
fn many_validity_cells_keep_their_addresses() {
    let tree = tree();
    let make = || {
        let prototype = tree.to_prototype(tree.root(0, 0, 0));
        tree.validity_cell_for(prototype, ValidityId::ALWAYS)
    };
    let first = make();
    let address = tree.validity_address(first);
    let all: Vec<ValidityId> = (0..1000).map(|_| make()).collect();
    let last = all[999];
    assert_eq!(tree.validity_address(first), address);
    tree.invalidate(last);
    assert!(tree.is_valid(first) && !tree.is_valid(last));
}

#[test]
fn a_collection_frees_what_is_not_marked() {
    let tree = tree();
    let root = tree.root(0, 3, 0);
    let ab = with(&tree, root, &["a", "b"]);
    let abc = with(&tree, ab, &["c"]);
    let lone = with(&tree, tree.root(1, 4, 0), &["d"]);
    let prototype = tree.to_prototype(with(&tree, tree.root(0, 0, 0), &["p"]));
    let dead = tree.to_prototype(tree.root(0, 0, 0));
    let cells = [prototype, dead].map(|shape| tree.validity_cell_for(shape, ValidityId::ALWAYS));
    assert!(tree.lookup(abc, "c").is_some() && tree.lookup(lone, "d").is_some());
    assert!(tree.depend_on_stability(abc, 1) && tree.depend_on_validity(cells[1], 2));

    tree.begin_marking();
    let mut traced = Vec::new();
    tree.store_client_word(prototype, 55);
    tree.mark(ab, |t| traced.push(t));
    tree.mark(prototype, |t| traced.push(t));
    tree.mark(prototype, |_| panic!("the second mark shows nothing"));
    use Traced::{Key, Prototype, Word};
    assert_eq!(
        traced,
        [Prototype(3), Key("b"), Prototype(3), Key("a"), Prototype(3), Prototype(0), Word(55), Key("p")]
    );
    assert!(tree.is_marked(root) && !tree.is_marked(abc) && tree.is_marked(ShapeId::reserved(1)));
    assert!(tree.validity_survives(cells[0]) && !tree.validity_survives(cells[1]));
    let freed = tree.sweep();
    assert!(freed.contains(&abc) && freed.contains(&lone) && freed.contains(&dead) && !freed.contains(&ab));
    tree.verify().unwrap();
    assert!(tree.take_broken().is_empty());
    assert_eq!(tree.statistics().subjects, 0);
    assert!(tree.is_valid(cells[0]) && !tree.is_valid(cells[1]));
    assert_eq!(tree.keys(ab).collect::<Vec<_>>(), ["a", "b"]);
    // Ids are used again, with fresh contents.
    let again = with(&tree, ab, &["z"]);
    assert!(freed.contains(&again));
    assert_eq!(tree.keys(again).collect::<Vec<_>>(), ["a", "b", "z"]);
    assert_eq!(tree.lookup(again, "c"), None);
    assert_eq!(tree.statistics().freed as usize, freed.len());
    tree.verify().unwrap();
}

#[test]
fn recent_shapes_are_spared_twice_if_their_keys_live() {
    let tree = tree();
    let kept = with(&tree, tree.root(0, 3, 0), &["a", "b"]);
    let lost = with(&tree, tree.root(0, 3, 0), &["dead", "b"]);
    let orphan = with(&tree, tree.root(0, 4, 0), &["a"]);
    let unique = tree.to_unique(kept);
    for round in 0..3 {
        tree.begin_marking();
        tree.keep_recent(|key| key != "dead", |prototype| prototype != 4);
        assert_eq!(tree.is_marked(kept), round < 2);
        assert!(!tree.is_marked(lost) && !tree.is_marked(orphan) && !tree.is_marked(unique));
        let freed = tree.sweep();
        assert_eq!(freed.contains(&kept), round == 2);
        tree.verify().unwrap();
    }
    assert_eq!(tree.statistics().shapes, 0);
}

#[test]
fn a_minor_collection_sees_what_is_new_once() {
    let tree = tree();
    let shape = tree.to_unique(with(&tree, tree.root(0, 3, 0), &["a"]));
    let seen = || {
        let mut keys = Vec::new();
        tree.for_each_new_shape(|id, traced| {
            if let Traced::Key(key) = traced {
                keys.push((id, key));
            }
        });
        keys
    };
    assert_eq!(seen().len(), 2);
    assert!(seen().is_empty());
    with(&tree, shape, &["b"]);
    assert_eq!(seen(), [(shape, "b")], "only the new rows of a large table");
    tree.set_prototype(shape, 9);
    let mut prototypes = Vec::new();
    tree.for_each_new_shape(|_, traced| prototypes.push(traced));
    assert_eq!(prototypes, [Traced::Prototype(9)]);
}

#[test]
fn dependents_that_died_are_dropped() {
    let tree = tree();
    let a = with(&tree, tree.root(0, 0, 0), &["a"]);
    for dependent in 0..4 {
        assert!(tree.depend_on_stability(a, dependent));
    }
    tree.retain_dependents(|dependent| dependent % 2 == 1);
    with(&tree, a, &["b"]);
    assert_eq!(heard(&tree), [1, 3]);
}

#[test]
fn slack_shrinks_the_tree_of_a_constructor() {
    let tree = tree();
    let tracker = SlackTracker::new(1);
    let mut root = tree.root(0, 5, tracker.capacity());
    for i in 0..7 {
        let keys = if i % 2 == 0 { &["a", "b"][..] } else { &["a", "b", "c"][..] };
        with(&tree, root, keys);
        if let SlackStep::Finished(capacity) = tracker.note_construction(tree.max_slots_below(root)) {
            assert_eq!(capacity, 3);
            assert_eq!(tree.shrink_inline_capacity(root, capacity), 3);
        }
        root = tree.root(0, 5, tracker.capacity());
    }
    let abc = with(&tree, root, &["a", "b", "c"]);
    assert_eq!((tree.inline_capacity(root), tree.inline_capacity(abc)), (3, 3));
    assert_eq!(tree.shrink_inline_capacity(root, 1), 3, "slots in use stay inside");
    // A root with these arguments exists: both stay.
    let other = tree.root(0, 5, 9);
    assert_eq!(tree.shrink_inline_capacity(other, 3), 9);
    tree.verify().unwrap();
}

#[test]
fn shapes_and_trees_print() {
    let tree = tree();
    let root = tree.root(1, 3, 2);
    let x = tree.add(root, "x", ALL, DATA).shape;
    let named = tree.add_virtual(x, "name", Attributes::CONFIGURABLE, 4);
    let get = tree.add(named, "get", Attributes::HIDDEN, PropertyKind::Accessor).shape;
    tree.mark_mutable(get, "get");
    let frozen = tree.set_integrity(get, Integrity::Frozen);
    tree.set_prototype(x, 8);
    tree.change_attributes(x, "x", Attributes::NONE);
    tree.note_cached(frozen);
    let dump = |shape| tree.dump(shape, str::to_owned, |p| format!("o{p}"));
    assert_eq!(
        dump(frozen),
        "sh20 class 1 proto o3 inline 2 slots 2 frozen [stable cached]
  0 x: slot 0 data _E_ const sh17
  1 name: virtual 4 data ___ sh18
  2 get: slot 1 accessor W__ sh19
"
    );
    assert_eq!(
        tree.dump_tree(root, str::to_owned, |p| format!("o{p}")),
        "sh16 root proto o3 []
  sh17 +x slot 0 data WEC []
    sh18 +name virtual 4 data __C []
      sh19 +get slot 1 accessor W_C []
        sh20 frozen [stable cached]
    sh21 proto o8 [stable]
    sh22 ~x slot 0 data ___ [stable]
"
    );
    let unique = tree.to_prototype(x);
    assert!(dump(unique).starts_with("sh23 class 1 proto o3 inline 2 slots 1 [unique prototype stable]\n"));
}

#[test]
fn statistics_count() {
    let tree = tree();
    let shape = with(&tree, tree.root(0, 0, 0), &KEYS);
    tree.lookup(shape, "k1");
    tree.lookup(shape, "k1");
    tree.to_unique(tree.to_dictionary(shape));
    let s = tree.statistics();
    assert_eq!((s.shapes, s.dictionaries, s.unique, s.tables), (42, 1, 1, 2));
    assert_eq!((s.lookup_hits, s.lookup_misses), (1, 1));
    assert!(s.bytes > 42 * 64 && s.bytes == tree.bytes());
}

#[test]
fn a_snapshot_does_not_follow() {
    let tree = tree();
    let unique = tree.to_unique(with(&tree, tree.root(0, 3, 1), &["a"]));
    let snapshot = tree.snapshot(unique);
    with(&tree, unique, &["b"]);
    assert_eq!((snapshot.lookup("a"), snapshot.lookup("b")), (tree.lookup(unique, "a"), None));
    assert_eq!((snapshot.id, snapshot.shape.prototype), (unique, 3));
}
