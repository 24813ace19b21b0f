a;
c;
