export const late = "late module";
