// module
// A dependency does not exist.
import { x } from "./_dep/does_not_exist.js";
print(x);
