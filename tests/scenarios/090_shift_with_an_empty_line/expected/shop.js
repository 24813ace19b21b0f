function f() {
    a();

    c();

    b();
}
