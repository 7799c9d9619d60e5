// module
// A dependency has a syntax error.
import "./_dep/broken.js";
print("never");
