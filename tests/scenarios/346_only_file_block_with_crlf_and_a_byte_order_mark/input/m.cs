a;
b;
