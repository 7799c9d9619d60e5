// module
// A JSON module that is no JSON: file and place.
import data from "./_dep/bad_json.json" with { type: "json" };
print(data);
