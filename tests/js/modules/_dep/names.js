export const zeta = "zeta", alpha = "alpha", Beta = "Beta";
const hidden = "named by a string", zero = "zero";
export { hidden as "string name", zero as "0" };
export default () => "default";
