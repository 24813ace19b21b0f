const a = "x y";
const b = 2;
