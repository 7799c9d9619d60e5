// The context of the only closure is known: constants of its slots, a variable that is assigned once (with its dependency), one that
// was assigned since (no constant, and its assignment is noted already), and one whose assignment has yet to be noted.
var f = (function () {
    const scale = 10;
    let step = 3, count = 0, fresh = 0.5;
    function helper(x) { return x * scale }
    return function f(x) {
        count++;
        if (x < 0) fresh = x;
        return helper(x) + step;
    };
})();
for (let i = 0; i < 5; i++) f(i);
