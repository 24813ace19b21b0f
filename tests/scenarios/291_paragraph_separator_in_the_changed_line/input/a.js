const s = 'a b';
let t;
