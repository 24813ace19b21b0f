function f() {
    a();

    b();
}
