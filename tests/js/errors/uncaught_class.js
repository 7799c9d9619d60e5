// An error of an own class, with a cause.
class AppError extends Error {
  name = "AppError";
}
throw new AppError("outer", { cause: new RangeError("inner") });
