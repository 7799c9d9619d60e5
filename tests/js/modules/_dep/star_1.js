export const same = 1, only1 = 1; export default 5;
