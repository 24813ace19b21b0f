const a = "x y";
const b = 3;
