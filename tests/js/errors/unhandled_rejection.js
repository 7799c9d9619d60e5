// A rejection that nobody handles ends the program with exit code 1, after the jobs.
Promise.resolve().then(() => print("job runs"));
const late = Promise.reject(new Error("handled late"));
late.catch(() => print("was handled"));
(async function rejects() { throw new RangeError("unhandled"); })();
print("end of script");
