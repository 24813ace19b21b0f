const s = 'a b';
let u;
