// module
// A dependency does not export the name.
import { nothing } from "./_dep/fine.js";
print(nothing);
