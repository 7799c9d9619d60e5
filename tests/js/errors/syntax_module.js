// module
// A module with a syntax error.
import x from "./_dep/fine.js";
export { missing };
