export const same = 2, only2 = 2, own = 0;
